//! Access tokens: auth issues them, the gateway believes them, and those of other issuers that the settings name.
//!
//! Ours are compact JWTs with `iss, aud, sub, sid, roles, iat, exp, jti` and `token_use: "access"`, and `kid` in the header.
//! Cognito's carry `client_id` in place of `aud`, `cognito:groups` in place of `roles`, `origin_jti` in place of `sid`.

mod claims;
mod issuer;
mod jwks;
mod revocations;
mod settings;
mod verifier;

pub use issuer::{AccessToken, AccessTokenIssuer};
pub use revocations::Revocations;
pub use settings::{TokenIssuer, TokenIssuers, TokenIssuersError, VerifierSettings};
pub use verifier::{TokenVerifier, VerifiedToken};
