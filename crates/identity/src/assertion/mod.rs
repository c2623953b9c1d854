//! Assertions: short proofs of who asks, for one service, signed by the gateway or by another service.
//!
//! A compact Ed25519 JWT with `iss` (who signed), `aud` (the service), `sub`, `roles`, `sid`, `iat`, `exp` and `kid` in the
//! header. It lives at most 60 seconds and never longer than the token that it follows from.

mod keys;
mod signer;
mod verifier;

pub use crate::jws::SignError;
pub use keys::AssertionKeys;
pub use signer::{AssertionSigner, Signed, Subject};
pub use verifier::{Assertion, AssertionVerifier};

use contracts::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Roles;

/// The longest life of an assertion, in seconds.
pub const LIFETIME_SECONDS: i64 = 60;

/// The wire form. Required claims are options here, so that a missing one is told from a wrong one.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<UserId>,
    #[serde(default)]
    roles: Roles,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    iat: Option<i64>,
    exp: Option<i64>,
    /// When the token ends that this follows from.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_exp: Option<i64>,
}
