//! `TOKEN_ISSUERS`, and how a verifier behaves.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

/// One issuer whose access tokens are believed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenIssuer {
    /// `iss`, letter by letter.
    pub issuer: String,
    /// `aud`; for Cognito the app client's id, found in `client_id`.
    pub audience: String,
    /// Where its public keys are. Independent of `issuer`, which need not even be an address.
    pub jwks_url: Url,
}

/// Every issuer whose access tokens are believed: `[{"issuer": "…", "audience": "…", "jwks_url": "https://…"}]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenIssuers(Vec<TokenIssuer>);

/// What is wrong with `TOKEN_ISSUERS`.
#[derive(Debug, thiserror::Error)]
pub enum TokenIssuersError {
    /// Not the list that it must be.
    #[error("not a JSON list of issuer, audience and jwks_url: {0}")]
    Json(#[from] serde_json::Error),
    /// Nobody could sign in.
    #[error("names no issuer")]
    Empty,
    /// A name is missing.
    #[error("issuer {0}: issuer and audience must not be empty")]
    Unnamed(usize),
    /// Keys are fetched over HTTP.
    #[error("issuer {0}: jwks_url must begin with https:// or http://")]
    NotHttp(usize),
    /// The same name twice: which keys would hold?
    #[error("names the issuer {0} twice")]
    Twice(String),
}

impl TokenIssuers {
    pub(super) fn iter(&self) -> impl Iterator<Item = &TokenIssuer> {
        self.0.iter()
    }
}

impl FromStr for TokenIssuers {
    type Err = TokenIssuersError;

    fn from_str(json: &str) -> Result<Self, TokenIssuersError> {
        serde_json::from_str::<Vec<TokenIssuer>>(json)?.try_into()
    }
}

impl TryFrom<String> for TokenIssuers {
    type Error = TokenIssuersError;

    fn try_from(json: String) -> Result<Self, TokenIssuersError> {
        json.parse()
    }
}

impl TryFrom<Vec<TokenIssuer>> for TokenIssuers {
    type Error = TokenIssuersError;

    fn try_from(issuers: Vec<TokenIssuer>) -> Result<Self, TokenIssuersError> {
        if issuers.is_empty() {
            return Err(TokenIssuersError::Empty);
        }
        for (index, named) in issuers.iter().enumerate() {
            let TokenIssuer { issuer, audience, jwks_url } = named;
            if !matches!(jwks_url.scheme(), "http" | "https") {
                return Err(TokenIssuersError::NotHttp(index + 1));
            }
            if issuer.trim().is_empty() || audience.trim().is_empty() {
                return Err(TokenIssuersError::Unnamed(index + 1));
            }
            if issuers[..index].iter().any(|other| other.issuer == *issuer) {
                return Err(TokenIssuersError::Twice(issuer.clone()));
            }
        }
        Ok(TokenIssuers(issuers))
    }
}

/// How a [`super::TokenVerifier`] behaves.
#[derive(Clone, Copy, Debug)]
pub struct VerifierSettings {
    /// Verified tokens remembered; one costs its own length and about 300 bytes.
    pub remembered_tokens: u64,
    /// How often an issuer's keys are fetched, give or take a tenth.
    pub refresh_every: Duration,
    /// How often at most unknown key names make us ask an issuer out of turn.
    pub unknown_key_every: Duration,
    /// How long one fetch may take, and so how long a token with an unknown key may wait.
    pub fetch_timeout: Duration,
}

impl Default for VerifierSettings {
    fn default() -> Self {
        VerifierSettings {
            remembered_tokens: 50_000,
            refresh_every: Duration::from_secs(5 * 60),
            unknown_key_every: Duration::from_secs(10),
            fetch_timeout: Duration::from_secs(3),
        }
    }
}
