//! Cognito's side of a session: what it gave for it, kept under seal, and what it is told when the session ends.

use std::borrow::Cow;

use aws_lc_rs::error::Unspecified;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::seals::Seals;

/// The longest that an access token of Cognito's can live: for those that were not issued through us.
pub(crate) const LONGEST_ACCESS: SignedDuration = SignedDuration::from_hours(24);

/// How long Cognito is left alone with an end that it could not be told of.
pub(crate) const TELL_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How a session ended, and so what Cognito is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// This session alone.
    Here,
    /// The member signs out wherever they are signed in, also where we had no part in it.
    Everywhere,
    /// The member is erased, and their account with them.
    Erased,
}

impl Ending {
    /// As it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Ending::Here => "here",
            Ending::Everywhere => "everywhere",
            Ending::Erased => "erased",
        }
    }

    /// What was stored; the check of the column knows no other.
    pub(crate) fn of(stored: &str) -> Self {
        match stored {
            "everywhere" => Ending::Everywhere,
            "erased" => Ending::Erased,
            _ => Ending::Here,
        }
    }
}

/// With what a session is renewed at Cognito.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) refresh_token: SecretString,
    /// Cognito's name of the member, which is hashed into what a client with a secret sends.
    pub(crate) username: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    refresh_token: Cow<'a, str>,
    username: Cow<'a, str>,
}

/// Seals grants, each for its own session.
pub(crate) struct Grants(Seals);

impl Grants {
    /// By keys of their own out of `JWT_SECRET`.
    pub(crate) fn derive(secret: &SecretString) -> Result<Self, Unspecified> {
        Seals::derive(secret, b"damacorch grants of Cognito").map(Grants)
    }

    /// As it is stored.
    pub(crate) fn seal(&self, session_id: Uuid, grant: &Grant) -> Result<Vec<u8>, Unspecified> {
        let plain = Plain {
            refresh_token: grant.refresh_token.expose_secret().into(),
            username: grant.username.expose_secret().into(),
        };
        let plain = serde_json::to_vec(&plain).map_err(|_| Unspecified)?;
        self.0.seal(&plain, session_id.as_bytes())
    }

    /// What was sealed for this session; none where the key is gone, or it was sealed for another.
    pub(crate) fn open(&self, session_id: Uuid, sealed: &[u8]) -> Option<Grant> {
        let plain = self.0.open(sealed, session_id.as_bytes())?;
        let plain: Plain<'_> = serde_json::from_slice(&plain).ok()?;
        Some(Grant {
            refresh_token: plain.refresh_token.into_owned().into(),
            username: plain.username.into_owned().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_opened_for_its_own_session_and_not_for_another() {
        let secret = "-----BEGIN X-----\na\n-----END X-----\n".to_owned().into();
        let grants = Grants::derive(&secret).unwrap();
        let (session, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let grant = Grant { refresh_token: "the \"token\"".into(), username: "minji".into() };
        let sealed = grants.seal(session, &grant).unwrap();
        let opened = grants.open(session, &sealed).unwrap();
        assert_eq!(opened.refresh_token.expose_secret(), "the \"token\"");
        assert_eq!(opened.username.expose_secret(), "minji");
        assert!(grants.open(other, &sealed).is_none());
    }

    #[test]
    fn endings_are_read_as_they_were_stored() {
        for ending in [Ending::Here, Ending::Everywhere, Ending::Erased] {
            assert_eq!(Ending::of(ending.as_str()), ending);
        }
    }
}
