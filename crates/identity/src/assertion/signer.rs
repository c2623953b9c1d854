//! Signing assertions, and remembering them while they are young.

use bytes::Bytes;
use contracts::UserId;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Claims, LIFETIME_SECONDS};
use crate::Roles;
use crate::assertion::SignError;
use crate::jws::sign;
use crate::keys::SigningKey;
use crate::memory::{Memory, memory};

/// What an assertion is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    user_id: Option<UserId>,
    roles: Roles,
    session_id: Option<Uuid>,
    not_after: Option<Timestamp>,
}

impl Subject {
    /// A member, as the access token says, until it expires.
    pub fn member(
        user_id: UserId,
        roles: Roles,
        session_id: Option<Uuid>,
        not_after: Timestamp,
    ) -> Self {
        Subject { user_id: Some(user_id), roles, session_id, not_after: Some(not_after) }
    }

    /// A service in its own name, perhaps for a member.
    pub fn service(on_behalf_of: Option<UserId>) -> Self {
        Subject {
            user_id: on_behalf_of,
            roles: Roles::default(),
            session_id: None,
            not_after: None,
        }
    }

    /// The member's roles.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The session, where there is one.
    pub fn session_id(&self) -> Option<Uuid> {
        self.session_id
    }
}

/// An assertion, and when to sign a new one.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The value of `X-Assertion`: ASCII.
    pub assertion: Bytes,
    /// Half-life; the end where a new one could not live longer. In seconds since 1970.
    pub renew_at: i64,
}

/// Signs for one service: the gateway holds one of these for each upstream, a service one for each service it calls.
pub struct AssertionSigner {
    issuer: String,
    audience: String,
    key: SigningKey,
    remembered: Memory<Subject, Signed>,
}

impl AssertionSigner {
    /// `issuer` signs for `audience` and remembers what it signed for up to `remember` subjects.
    pub fn new(issuer: &str, audience: &str, key: SigningKey, remember: u64) -> Self {
        AssertionSigner {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            key,
            remembered: memory(remember),
        }
    }

    /// The value of `X-Assertion`: ASCII, good for at least half its life (60 s, or until the subject's end).
    pub fn sign(&self, subject: &Subject, now: Timestamp) -> Result<Bytes, SignError> {
        if let Some(signed) = self.remembered.get(subject)
            && now.as_second() < signed.renew_at
        {
            return Ok(signed.assertion);
        }
        let signed = self.sign_anew(subject, now)?;
        self.remembered.insert(subject.clone(), signed.clone());
        Ok(signed.assertion)
    }

    /// As [`AssertionSigner::sign`], for who remembers it better.
    pub fn sign_anew(&self, subject: &Subject, now: Timestamp) -> Result<Signed, SignError> {
        let now = now.as_second();
        let full_life = now + LIFETIME_SECONDS;
        let (expires_at, renew_at) = match subject.not_after.map(Timestamp::as_second) {
            Some(end) if end <= now => return Err(SignError::Expired),
            Some(end) if end <= full_life => (end, end),
            _ => (full_life, now + LIFETIME_SECONDS / 2),
        };
        let claims = Claims {
            iss: Some(self.issuer.clone()),
            aud: Some(self.audience.clone()),
            sub: subject.user_id,
            roles: subject.roles.clone(),
            sid: subject.session_id,
            iat: Some(now),
            exp: Some(expires_at),
            token_exp: subject.not_after.map(Timestamp::as_second),
        };
        Ok(Signed { assertion: sign(&claims, &self.key)?.into(), renew_at })
    }
}
