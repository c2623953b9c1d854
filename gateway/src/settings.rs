//! The gateway's settings. What is missing or wrong is named before anything listens.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use actix_web::http::header::HeaderValue;
use actix_web::http::uri::{Authority, Scheme, Uri};
use chassis::StartError;
use chassis::settings::{Secret, list, load_from};
use identity::access::TokenIssuers;
use ipnet::IpNet;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::rate::RateLimits;

const BASE_URL: &str = "_base_url";

/// Everything the gateway is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What every process has.
    pub process: chassis::Settings,
    /// What only the gateway has.
    pub door: DoorSettings,
    /// Where the services are, by name: `QUEST_BASE_URL` says where quest is.
    pub services: BTreeMap<String, BaseUrl>,
}

/// What only the gateway has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct DoorSettings {
    /// Where `/healthz`, `/livez` and `/metrics` are: never on the public port.
    #[serde(default = "admin_listen")]
    #[schemars(with = "String")]
    pub admin_listen: SocketAddr,
    /// A route table in place of the one that the binary brought along.
    pub route_table: Option<PathBuf>,
    /// `off`, or classes that differ from the route table: `read=600/60,sign_in=30/60`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub rate_limits: RateLimits,
    /// Web pages that may call the API: `https://app.example.org,http://localhost:3000`.
    #[serde(default, deserialize_with = "list")]
    #[schemars(with = "String")]
    pub cors_origins: Vec<Origin>,
    /// Whose `X-Forwarded-For` is believed: `10.0.0.0/8,192.168.1.7`.
    #[serde(default, deserialize_with = "list")]
    #[schemars(with = "String")]
    pub trusted_proxies: Vec<Proxies>,
    /// Signs assertions; the same in every replica.
    #[schemars(with = "Secret")]
    pub assertion_key: SecretString,
    /// Whose access tokens are believed: `[{"issuer": "…", "audience": "…", "jwks_url": "https://…"}]`.
    #[schemars(with = "String")]
    pub token_issuers: TokenIssuers,
}

fn admin_listen() -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], 8001))
}

impl Settings {
    /// From the environment.
    pub fn load() -> Result<Self, StartError> {
        Self::from_vars(&std::env::vars().collect())
    }

    /// From these variables.
    pub fn from_vars(vars: &HashMap<String, String>) -> Result<Self, StartError> {
        let all: BTreeMap<String, String> = load_from(vars.clone())?;
        let services =
            all.iter().filter_map(|(name, url)| Some((name.strip_suffix(BASE_URL)?, url)));
        let services = services.map(|(name, url)| {
            let named = |error| format!("setting {}_BASE_URL: {error}", name.to_uppercase());
            Ok((name.to_owned(), url.parse().map_err(named)?))
        });
        Ok(Settings {
            process: load_from(vars.clone())?,
            door: load_from(vars.clone())?,
            services: services.collect::<Result<_, String>>()?,
        })
    }
}

/// `http://host:port`. Services are inside: no TLS, no path.
#[derive(Clone, Debug)]
pub struct BaseUrl(Authority);

impl BaseUrl {
    /// Who is asked: `host:port`.
    pub(crate) fn authority(&self) -> &Authority {
        &self.0
    }
}

impl FromStr for BaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("{text:?}: {error}"))?;
        let plain =
            uri.scheme() == Some(&Scheme::HTTP) && uri.query().is_none() && uri.path() == "/";
        match uri.authority() {
            Some(authority) if plain => Ok(BaseUrl(authority.clone())),
            _ => Err(format!("{text:?} is not of the form http://host:port")),
        }
    }
}

/// An origin of web pages (RFC 6454): scheme, host and port, nothing else, and never `*` or `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    pub(crate) fn value(&self) -> &HeaderValue {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not an origin such as https://app.example.org");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong());
        };
        // Browsers send it in lower case, and we compare bytes.
        let exact = format!("{scheme}://{authority}").to_ascii_lowercase() == *text;
        if !exact || text.contains(['*', '@']) {
            return Err(wrong());
        }
        HeaderValue::from_str(text).map(Origin).map_err(|_| wrong())
    }
}

/// A network, or one address.
#[derive(Clone, Copy, Debug)]
pub struct Proxies(IpNet);

impl Proxies {
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network
            .map(Proxies)
            .map_err(|_| "neither an address nor a network such as 10.0.0.0/8".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_plain_http_without_a_path() {
        assert_eq!(
            "http://quest:8000".parse::<BaseUrl>().unwrap().authority().as_str(),
            "quest:8000"
        );
        assert!("http://quest:8000/".parse::<BaseUrl>().is_ok());
        for wrong in
            ["https://quest", "quest:8000", "http://quest/base", "http://quest/?a", "", "ftp://x"]
        {
            assert!(wrong.parse::<BaseUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn origins_are_exact_and_never_a_star() {
        for right in ["https://app.example.org", "http://localhost:3000"] {
            assert!(right.parse::<Origin>().is_ok(), "{right}");
        }
        for wrong in [
            "*",
            "null",
            "https://*.example.org",
            "https://a.org/",
            "https://a.org/x",
            "a.org",
            "HTTPS://A.org",
            "https://u@a.org",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn proxies_are_networks_or_addresses() {
        let proxies: Proxies = "10.0.0.0/8".parse().unwrap();
        assert!(proxies.contain("10.1.2.3".parse().unwrap()));
        assert!(!proxies.contain("11.1.2.3".parse().unwrap()));
        assert!("::1".parse::<Proxies>().unwrap().contain("::1".parse().unwrap()));
        assert!("10.0.0.0/33".parse::<Proxies>().is_err());
    }
}
