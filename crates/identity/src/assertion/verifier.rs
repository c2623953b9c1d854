//! Believing assertions: a service's side.

use std::sync::Arc;

use contracts::UserId;
use jiff::Timestamp;
use uuid::Uuid;

use super::{AssertionKeys, Claims, LIFETIME_SECONDS};
use crate::jws::Unverified;
use crate::memory::{Memory, memory};
use crate::{LEEWAY_SECONDS, Refusal, Roles};

/// What a believed assertion says.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Who signed: the gateway, or a service.
    pub issuer: Arc<str>,
    /// The member who asks, or for whom a service asks.
    pub user_id: Option<UserId>,
    /// The member's roles.
    pub roles: Roles,
    /// The member's session.
    pub session_id: Option<Uuid>,
    /// When the member's access token expires.
    pub token_expires_at: Option<Timestamp>,
    /// In seconds.
    expires_at: i64,
}

/// Verifies assertions that are meant for one service.
pub struct AssertionVerifier {
    audience: String,
    keys: AssertionKeys,
    remembered: Memory<Box<str>, Arc<Assertion>>,
}

impl AssertionVerifier {
    /// Believes assertions for `audience` by these keys, and remembers up to `remember` of them.
    pub fn new(audience: &str, keys: AssertionKeys, remember: u64) -> Self {
        AssertionVerifier { audience: audience.to_owned(), keys, remembered: memory(remember) }
    }

    /// What the assertion says, if it is to be believed now. Only believed ones are remembered.
    pub fn verify(&self, assertion: &str, now: Timestamp) -> Result<Arc<Assertion>, Refusal> {
        if let Some(known) = self.remembered.get(assertion) {
            return still_good(known, now);
        }
        let unverified = Unverified::<Claims>::parse(assertion)?;
        let (issuer, key) = self.keys.find(unverified.kid()?).ok_or(Refusal::UnknownKey)?;
        let claims = unverified.verify(key)?;
        let believed = Arc::new(self.check(claims, issuer, now)?);
        let believed = still_good(believed, now)?;
        self.remembered.insert(assertion.into(), Arc::clone(&believed));
        Ok(believed)
    }

    fn check(
        &self,
        claims: Claims,
        issuer: &Arc<str>,
        now: Timestamp,
    ) -> Result<Assertion, Refusal> {
        let (Some(iss), Some(aud), Some(iat), Some(exp)) =
            (claims.iss, claims.aud, claims.iat, claims.exp)
        else {
            return Err(Refusal::MissingClaim);
        };
        if *iss != **issuer {
            return Err(Refusal::UnknownIssuer);
        }
        if aud != self.audience {
            return Err(Refusal::WrongAudience);
        }
        if iat > now.as_second() + LEEWAY_SECONDS {
            return Err(Refusal::NotYetValid);
        }
        if exp.saturating_sub(iat) > LIFETIME_SECONDS {
            return Err(Refusal::WrongKind);
        }
        Ok(Assertion {
            issuer: Arc::clone(issuer),
            user_id: claims.sub,
            roles: claims.roles,
            session_id: claims.sid,
            token_expires_at: claims.token_exp.and_then(|at| Timestamp::from_second(at).ok()),
            expires_at: exp,
        })
    }
}

fn still_good(assertion: Arc<Assertion>, now: Timestamp) -> Result<Arc<Assertion>, Refusal> {
    if assertion.expires_at <= now.as_second() {
        return Err(Refusal::Expired);
    }
    Ok(assertion)
}
