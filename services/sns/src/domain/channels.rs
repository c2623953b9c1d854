//! What a member can connect.

use serde::{Deserialize, Serialize};

/// A place where people write, or a provider that knows them.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    /// Its name in our addresses: `naver-blog`.
    pub(crate) key: String,
    /// What people call it.
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// How it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// RSS or Atom.
    Feed,
    /// Mastodon's API, which many servers speak.
    Mastodon,
    /// The AT protocol, from the member's own server.
    Bluesky,
    /// By a token that the member has allowed (OAuth 2).
    OAuth,
}

/// How it is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Connect {
    /// The member says where they write.
    Address,
    /// The member goes to the provider and allows it.
    OAuth,
}

impl Kind {
    /// How channels of this kind are connected.
    pub(crate) fn connect(self) -> Connect {
        match self {
            Kind::OAuth => Connect::OAuth,
            Kind::Feed | Kind::Mastodon | Kind::Bluesky => Connect::Address,
        }
    }
}
