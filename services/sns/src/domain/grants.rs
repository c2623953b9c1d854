//! What a provider has granted us, and what its channel's row says of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// A provider of OAuth 2, as its channel's row describes it.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) authorize_url: String,
    pub(crate) token_url: String,
    pub(crate) scopes: Vec<String>,
    /// What stands between two scopes: most have the space of the standard, some a comma.
    pub(crate) scope_separator: String,
    pub(crate) client_auth: ClientAuth,
    /// Where the first token is exchanged for one that lives longer, and that one prolonged (Meta).
    pub(crate) exchange_url: Option<Url>,
    pub(crate) refresh_url: Option<Url>,
    pub(crate) revocation: Option<Revocation>,
    pub(crate) profile: Profile,
    pub(crate) posts: Option<Listing>,
}

/// How we prove who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClientAuth {
    Basic,
    Body,
}

/// How a token is given back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    pub(crate) url: Url,
    pub(crate) how: RevocationWay,
}

/// See `sns_channels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RevocationWay {
    /// RFC 7009.
    Token,
    /// A POST that carries the token as its own proof.
    Bearer,
    /// `grant_type=delete` at the token endpoint.
    Grant,
}

/// Where a provider says who somebody is. Ids and names are JSON pointers into its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) url: Url,
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Where a provider lists somebody's own posts, newest first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// `{id}` stands for the account.
    pub(crate) url: String,
    pub(crate) items: String,
    pub(crate) id: String,
    pub(crate) text: Vec<String>,
    pub(crate) published_at: String,
    pub(crate) next: Next,
}

/// How the next page is named: by its address, or by a token for a parameter of this one's.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Next {
    Url { url: String },
    Token { token: String, parameter: String },
}

/// What is kept sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secrets {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
}

/// What a provider has granted.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) secrets: Secrets,
    pub(crate) expires_at: Option<Timestamp>,
    /// What was granted, where it was said; else what was asked for.
    pub(crate) scopes: Vec<String>,
}

/// Somebody, as their provider calls them.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
}
