//! The settings of sns. Secrets cannot be printed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use chassis::settings::{Secret, list};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

/// What sns needs to know, beside what every service does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Config {
    /// What tokens are sealed under, `id:key id:key`, a key being 32 bytes in base64. The first seals, all open.
    #[schemars(with = "Secret")]
    pub token_keys: SecretString,
    /// Who we are at which provider: `{"youtube-account": {"client_id": "…", "client_secret": "…"}}`. A channel that is not named is not
    /// available.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub oauth_clients: OAuthClients,
    /// Where the pages are; providers send the browser to `/sns/<channel>` there.
    #[serde(default = "locally")]
    #[schemars(with = "String")]
    pub pages_url: Url,
    /// Where we are found from outside.
    #[serde(default = "locally")]
    #[schemars(with = "String")]
    pub public_url: Url,
    /// After how many seconds an account is read again by itself.
    #[serde(default = "a_day")]
    pub import_every: u32,
    /// For how many seconds an import is left to who has taken it.
    #[serde(default = "a_minute")]
    pub import_lease: u32,
    /// How many imports run at once in a process.
    #[serde(default = "a_few")]
    pub import_concurrency: usize,
    /// Who is asked whose handle is whose.
    #[serde(default = "bluesky")]
    #[schemars(with = "String")]
    pub bluesky_resolver_url: Url,
    /// The directory of DIDs.
    #[serde(default = "plc")]
    #[schemars(with = "String")]
    pub plc_url: Url,
    /// Addresses on loopback that may be fetched from, and no others: for tests, whose servers are there.
    #[serde(default, deserialize_with = "on_loopback")]
    #[schemars(with = "String")]
    pub egress_besides: Vec<SocketAddr>,
}

/// Who we are at a provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthClient {
    /// What it calls us.
    pub client_id: String,
    /// How we prove it.
    pub client_secret: SecretString,
}

/// By channel: `{"youtube-account": {"client_id": "…", "client_secret": "…"}}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct OAuthClients(pub(crate) BTreeMap<String, OAuthClient>);

impl TryFrom<String> for OAuthClients {
    type Error = String;

    fn try_from(json: String) -> Result<Self, String> {
        // What stands in it is not repeated: there are secrets among it.
        let clients = serde_json::from_str(&json);
        clients
            .map(OAuthClients)
            .map_err(|error| format!("no JSON of clients by channel, at column {}", error.column()))
    }
}

/// What is for tests must not open a network to who sets it by mistake, or worse.
fn on_loopback<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SocketAddr>, D::Error> {
    let besides: Vec<SocketAddr> = list(from)?;
    match besides.iter().all(|address| address.ip().is_loopback()) {
        true => Ok(besides),
        false => Err(D::Error::custom("every address must be on loopback")),
    }
}

#[allow(clippy::expect_used, reason = "constants")]
fn address(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn locally() -> Url {
    address("http://localhost:8000")
}

fn bluesky() -> Url {
    address("https://bsky.social")
}

fn plc() -> Url {
    address("https://plc.directory")
}

fn a_day() -> u32 {
    24 * 60 * 60
}

fn a_minute() -> u32 {
    60
}

fn a_few() -> usize {
    4
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn told(besides: &str) -> Result<Vec<SocketAddr>, String> {
        let vars = [("TOKEN_KEYS", "a:b"), ("EGRESS_BESIDES", besides)];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = chassis::settings::load_from::<Config>(HashMap::from(vars));
        config.map(|config| config.egress_besides).map_err(|error| error.to_string())
    }

    #[test]
    fn besides_public_addresses_only_loopback_can_be_opened() {
        for (besides, count) in [("", 0), ("127.0.0.1:80", 1), ("127.8.8.8:80, [::1]:8080", 2)] {
            assert_eq!(told(besides).map(|list| list.len()), Ok(count), "{besides}");
        }
        for besides in [
            "10.0.0.1:80",
            "127.0.0.1:80, 169.254.169.254:80",
            "0.0.0.0:80",
            "[::]:80",
            "[::ffff:10.0.0.1]:80",
            "[fd00::1]:80",
            "93.184.215.14:80",
        ] {
            let refused = told(besides).unwrap_err();
            assert!(
                refused.contains("EGRESS_BESIDES") && refused.contains("loopback"),
                "{refused}"
            );
        }
    }
}
