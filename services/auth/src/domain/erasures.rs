//! The end of an account: who had to erase it and who has, and what the member takes along to see it.

use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Who holds an account of its own beside the services: it is told by us, and heard by nobody else.
pub(crate) const COGNITO: &str = "cognito";

/// How long after a sign-in that stands for the password, where we hold none.
pub(crate) const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// How long the receipt can be fetched. Later nothing but the audit log knows that there was such an id.
pub(crate) const RECEIPT_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The way to a receipt, for somebody who will have no account any more: whoever has it may look.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) id: Uuid,
    pub(crate) token: String,
}

impl Claim {
    /// A new one. Its token is 256 bits that nobody can guess.
    pub(crate) fn new() -> Result<Self, Unspecified> {
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut secret)?;
        Ok(Claim { id: Uuid::now_v7(), token: URL_SAFE_NO_PAD.encode(secret) })
    }

    /// What is kept of a token.
    pub(crate) fn hash(token: &str) -> Vec<u8> {
        Sha256::digest(token).to_vec()
    }
}

/// An account that was erased, or is being.
#[derive(Debug)]
pub(crate) struct Erasure {
    pub(crate) id: Uuid,
    pub(crate) user_id: UserId,
    pub(crate) requested_at: Timestamp,
    /// One for each service, auth among them.
    pub(crate) parts: Vec<Part>,
}

/// What one service does about it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) service: String,
    /// Which of its tables it has emptied of the member.
    pub(crate) tables: Vec<String>,
    /// When it said so.
    pub(crate) done_at: Option<Timestamp>,
}

/// That everybody has erased the account: the claims of the signed receipt. The former id is all it says of the member.
#[derive(Debug, Serialize)]
pub(crate) struct Receipt<'a> {
    jti: Uuid,
    sub: UserId,
    /// When the last one had erased it, in seconds: the receipt of an erasure is always the same.
    iat: i64,
    requested_at: Timestamp,
    services: Vec<Erased<'a>>,
}

/// What one service has erased.
#[derive(Debug, Serialize)]
struct Erased<'a> {
    service: &'a str,
    tables: &'a [String],
    erased_at: Timestamp,
}

impl Erasure {
    /// What can be signed once everybody has erased the account; none before.
    pub(crate) fn receipt(&self) -> Option<Receipt<'_>> {
        let services: Vec<_> = self.parts.iter().map(Part::erased).collect::<Option<_>>()?;
        let last = services.iter().map(|part| part.erased_at).max()?;
        Some(Receipt {
            jti: self.id,
            sub: self.user_id,
            iat: last.as_second(),
            requested_at: self.requested_at,
            services,
        })
    }
}

impl Part {
    fn erased(&self) -> Option<Erased<'_>> {
        let Part { service, tables, done_at } = self;
        done_at.map(|erased_at| Erased { service, tables, erased_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure(done: &[Option<i64>]) -> Erasure {
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        let part = |done_at: &Option<i64>| Part {
            service: "quest".to_owned(),
            tables: vec!["goals".to_owned()],
            done_at: done_at.map(at),
        };
        Erasure {
            id: Uuid::nil(),
            user_id: UserId(Uuid::nil()),
            requested_at: at(1),
            parts: done.iter().map(part).collect(),
        }
    }

    #[test]
    fn there_is_a_receipt_once_all_have_confirmed_and_it_is_of_that_time() {
        assert!(erasure(&[Some(5), None]).receipt().is_none());
        assert!(erasure(&[]).receipt().is_none(), "nobody has confirmed anything");
        assert_eq!(erasure(&[Some(5), Some(9), Some(7)]).receipt().unwrap().iat, 9);
    }

    #[test]
    fn no_two_claims_are_alike_and_only_the_hash_of_one_is_known() {
        let (one, other) = (Claim::new().unwrap(), Claim::new().unwrap());
        assert_ne!(one.token, other.token);
        assert_eq!(one.token.len(), 43);
        assert_ne!(Claim::hash(&one.token), Claim::hash(&other.token));
    }
}
