//! Why a token or an assertion is not believed.

use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use problem::Problem;

/// Seconds after which a client may ask again when an issuer's keys are away.
const RETRY_AFTER_SECONDS: u64 = 5;

/// Why a token or an assertion is not believed: a metric's label, and a client's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not a compact JWS of JSON, too long, or a claim of the wrong type.
    #[error("the token is malformed")]
    Malformed,
    /// `iss` is nobody whom the settings name, or not the owner of the key.
    #[error("the token's issuer is not known")]
    UnknownIssuer,
    /// No `kid`, or one that the issuer does not publish.
    #[error("the token's key is not known")]
    UnknownKey,
    /// Not signed by the key that it names, or with another algorithm than the key's.
    #[error("the token's signature does not hold")]
    BadSignature,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `iat` or `nbf` lies in the future, the leeway considered.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `aud` (or `client_id`) names somebody else.
    #[error("the token is meant for somebody else")]
    WrongAudience,
    /// A refresh or an id token where an access token belongs; an assertion that would live too long.
    #[error("the token is of another kind")]
    WrongKind,
    /// A required claim is missing or unusable (`sub` must be a UUID).
    #[error("the token lacks a claim")]
    MissingClaim,
    /// The session was signed out.
    #[error("the session has ended")]
    Revoked,
    /// The key was revoked: what it signed is worth nothing.
    #[error("the token's key was revoked")]
    RevokedKey,
    /// The issuer's keys could not be had: nothing is said about the token.
    #[error("the issuer's keys are not available")]
    KeysUnavailable,
}

impl Refusal {
    /// The metric's label.
    pub fn label(self) -> &'static str {
        match self {
            Refusal::Malformed => "malformed",
            Refusal::UnknownIssuer => "unknown_issuer",
            Refusal::UnknownKey => "unknown_key",
            Refusal::BadSignature => "bad_signature",
            Refusal::Expired => "expired",
            Refusal::NotYetValid => "not_yet_valid",
            Refusal::WrongAudience => "wrong_audience",
            Refusal::WrongKind => "wrong_kind",
            Refusal::MissingClaim => "missing_claim",
            Refusal::Revoked => "revoked",
            Refusal::RevokedKey => "revoked_key",
            Refusal::KeysUnavailable => "keys_unavailable",
        }
    }
}

/// 503 with `Retry-After` where the fault is ours, else 401 with the challenge of RFC 6750.
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = match refusal {
            Refusal::KeysUnavailable => Problem::unavailable(RETRY_AFTER_SECONDS),
            Refusal::Malformed
            | Refusal::UnknownIssuer
            | Refusal::UnknownKey
            | Refusal::BadSignature
            | Refusal::Expired
            | Refusal::NotYetValid
            | Refusal::WrongAudience
            | Refusal::WrongKind
            | Refusal::MissingClaim
            | Refusal::Revoked
            | Refusal::RevokedKey => Problem::unauthenticated().header(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer error=\"invalid_token\""),
            ),
        };
        problem.detail(refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(problem: &Problem, name: &str) -> String {
        let answer = problem.respond("/", "1");
        let values: Vec<_> = answer.headers().get_all(name).collect();
        assert_eq!(values.len(), 1, "{name} exactly once");
        values[0].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_refused_token_is_a_401_with_its_challenge() {
        let problem = Problem::from(Refusal::Expired);
        assert_eq!(problem.status(), 401);
        assert_eq!(header(&problem, "www-authenticate"), "Bearer error=\"invalid_token\"");
    }

    #[test]
    fn keys_that_are_away_are_our_fault() {
        let problem = Problem::from(Refusal::KeysUnavailable);
        assert_eq!(problem.status(), 503);
        assert_eq!(header(&problem, "retry-after"), "5");
    }
}
