//! Sessions: one family of refresh tokens a sign-in. A token is derived from (session, generation) with a key that only
//! auth has, so none is stored and every parallel refresh of one token finds the same successor.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

use super::derived::DerivingKeys;
use crate::config::REFRESH_TOKEN_LIFETIME;

/// How long the predecessor of the current token still gets its successor: a client whose answer was lost asks again.
pub(crate) const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// How many sessions a member has at the most. A sign-in beyond ends the one that was not renewed for longest.
pub(crate) const MOST: i64 = 100;

/// What a token says: the session's id, then the generation.
const ID: usize = 16;
const HEAD: usize = ID + 4;

/// What a refresh token says, once its tag was found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    pub(crate) session_id: Uuid,
    pub(crate) generation: i32,
}

/// A session as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) generation: i32,
    pub(crate) device: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) rotated_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// What to do with a refresh token that names a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// It is the current one: the next generation begins.
    Rotate,
    /// It was the current one a moment ago: it gets the successor that the others got.
    Repeat,
    /// It was used before, by somebody else or long ago: the family ends.
    Replayed,
    /// The family has run out.
    Expired,
}

impl Session {
    /// A sign-in.
    pub(crate) fn begin(device: Option<String>, now: Timestamp) -> Self {
        Session {
            id: Uuid::now_v7(),
            generation: 1,
            device,
            created_at: now,
            rotated_at: now,
            expires_at: now + REFRESH_TOKEN_LIFETIME,
        }
    }

    /// Decides about a token of this session.
    pub(crate) fn refresh(&self, generation: i32, now: Timestamp) -> Refresh {
        if now >= self.expires_at {
            Refresh::Expired
        } else if generation == self.generation {
            Refresh::Rotate
        } else if generation == self.generation - 1 && now <= self.rotated_at + GRACE {
            Refresh::Repeat
        } else {
            Refresh::Replayed
        }
    }
}

/// Derives and reads refresh tokens.
#[derive(Debug)]
pub(crate) struct RefreshKeys(DerivingKeys);

impl RefreshKeys {
    /// Out of each private key in `JWT_SECRET`.
    pub(crate) fn derive(secret: &SecretString) -> Self {
        RefreshKeys(DerivingKeys::derive(secret, "damacorch refresh tokens"))
    }

    /// The token of a generation.
    pub(crate) fn token(&self, RefreshToken { session_id, generation }: RefreshToken) -> String {
        let mut head = [0; HEAD];
        head[..ID].copy_from_slice(session_id.as_bytes());
        head[ID..].copy_from_slice(&generation.to_be_bytes());
        self.0.token(&head)
    }

    /// What a token says; none when we did not write it.
    pub(crate) fn read(&self, text: &str) -> Option<RefreshToken> {
        let head: [u8; HEAD] = self.0.read(text)?;
        let (id, generation) = head.split_at(ID);
        Some(RefreshToken {
            session_id: Uuid::from_slice(id).ok()?,
            generation: i32::from_be_bytes(generation.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> RefreshKeys {
        let pem: String = names
            .iter()
            .map(|name| format!("-----BEGIN X-----\n{name}\n-----END X-----\n"))
            .collect();
        RefreshKeys::derive(&pem.into())
    }

    #[test]
    fn a_token_says_what_was_put_in_and_nothing_else_is_believed() {
        let token = RefreshToken { session_id: Uuid::from_u128(7), generation: 3 };
        let text = keys(&["a"]).token(token);
        assert_eq!(keys(&["a"]).read(&text), Some(token));
        assert_eq!(keys(&["b", "a"]).read(&text), Some(token), "a rotated key still reads");
        assert_eq!(keys(&["b"]).read(&text), None);
        for index in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            assert_eq!(keys(&["a"]).read(std::str::from_utf8(&forged).unwrap()), None, "{index}");
        }
        assert_eq!(keys(&["a"]).read(""), None);
    }

    #[test]
    fn a_replay_after_the_grace_ends_the_family() {
        let at = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
        let session = Session {
            id: Uuid::nil(),
            generation: 5,
            device: None,
            created_at: at(0),
            rotated_at: at(100),
            expires_at: at(10_000),
        };
        assert_eq!(session.refresh(5, at(101)), Refresh::Rotate);
        assert_eq!(session.refresh(4, at(130)), Refresh::Repeat);
        assert_eq!(session.refresh(4, at(131)), Refresh::Replayed);
        assert_eq!(session.refresh(3, at(101)), Refresh::Replayed);
        assert_eq!(session.refresh(6, at(101)), Refresh::Replayed);
        assert_eq!(session.refresh(5, at(10_000)), Refresh::Expired);
    }
}
