//! `SOCIAL_PROVIDERS`.

use secrecy::SecretString;
use serde::Deserialize;

/// A provider of OpenID Connect, and what we are to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocialProvider {
    /// Its name in our addresses: `google`.
    pub name: String,
    /// Its own, letter by letter: `https://accounts.google.com`. All else it tells itself, by discovery.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// How we prove it.
    pub client_secret: SecretString,
}

/// All of them: `[{"name": "google", "issuer": "https://accounts.google.com", "client_id": "…", "client_secret": "…"}]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct SocialProviders(Vec<SocialProvider>);

impl SocialProviders {
    pub(super) fn iter(&self) -> impl Iterator<Item = &SocialProvider> {
        self.0.iter()
    }
}

impl TryFrom<String> for SocialProviders {
    type Error = String;

    fn try_from(json: String) -> Result<Self, String> {
        // What stands in it is not repeated: there are secrets among it.
        let providers: Vec<SocialProvider> = serde_json::from_str(&json).map_err(|error| {
            format!(
                "not a JSON list of name, issuer, client_id and client_secret (line {}, column {})",
                error.line(),
                error.column()
            )
        })?;
        for (index, SocialProvider { name, .. }) in providers.iter().enumerate() {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if name.is_empty() || !name.bytes().all(plain) {
                return Err(format!("{name:?} is no name: use small letters, digits and hyphens"));
            }
            if providers[..index].iter().any(|other| other.name == *name) {
                return Err(format!("names {name} twice"));
            }
        }
        Ok(SocialProviders(providers))
    }
}
