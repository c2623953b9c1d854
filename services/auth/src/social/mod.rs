//! Providers of accounts elsewhere, by OpenID Connect: which there are, and the talk with them.

mod provider;
mod settings;

use std::collections::BTreeMap;

use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::StartError;
use client::ProviderClient;
use url::Url;

pub(crate) use provider::Provider;
pub use settings::{SocialProvider, SocialProviders};

use crate::config::Config;
use crate::domain::seals::Seals;
use crate::domain::social::Round;
use crate::error::Error;

/// The providers of the settings, and who may take over from them.
pub(crate) struct Social {
    providers: BTreeMap<String, Provider>,
    return_urls: Vec<String>,
    seals: Seals,
    /// Whether browsers reach us by TLS alone.
    pub(crate) is_secure: bool,
}

impl Social {
    pub(crate) fn new(config: &Config) -> Result<Self, StartError> {
        let http = ProviderClient::new()?;
        let public_url = config.public_url.trim_end_matches('/');
        let provider = |named: &SocialProvider| {
            let callback = format!("{public_url}/api/auth/{}/callback", named.name);
            Ok::<_, StartError>((named.name.clone(), Provider::new(named, callback, http.clone())?))
        };
        for address in &config.social_return_urls {
            Url::parse(address)
                .map_err(|error| format!("setting SOCIAL_RETURN_URLS: {address}: {error}"))?;
        }
        Ok(Social {
            providers: config.social_providers.iter().map(provider).collect::<Result<_, _>>()?,
            return_urls: config.social_return_urls.clone(),
            seals: Seals::derive(&config.jwt_secret, b"damacorch social rounds")
                .map_err(|Unspecified| "no key can be derived from JWT_SECRET")?,
            is_secure: public_url.starts_with("https://"),
        })
    }

    /// The provider of a name.
    pub(crate) fn find(&self, name: &str) -> Result<&Provider, Error> {
        self.providers.get(name).ok_or(Error::ProviderNotFound)
    }

    /// Whether this page or app may take over.
    pub(crate) fn may_take_over(&self, return_to: &str) -> bool {
        self.return_urls.iter().any(|url| url == return_to)
    }

    /// A round as its browser keeps it: neither it nor anybody else can read or change it.
    pub(crate) fn seal(&self, round: &Round) -> Result<String, Error> {
        let sealed = self.seals.seal(&serde_json::to_vec(round)?, round.provider.as_bytes());
        Ok(URL_SAFE_NO_PAD.encode(sealed.map_err(Error::internal)?))
    }

    /// The round that a browser has kept.
    pub(crate) fn open(&self, provider: &str, sealed: &str) -> Option<Round> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        serde_json::from_slice(&self.seals.open(&sealed, provider.as_bytes())?).ok()
    }
}
