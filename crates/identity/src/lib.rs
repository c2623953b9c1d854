//! Who asks: access tokens at the door, assertions inside, `Caller` in a handler's arguments.
//!
//! [`access`] issues (auth) and verifies (gateway) the tokens that members carry. [`assertion`] signs (gateway, and a
//! service that calls another) and verifies (every service) the short proofs that travel inside. [`Caller`] and its
//! siblings turn a verified assertion into a handler's argument. Time is always passed in.

pub mod access;
pub mod assertion;
mod caller;
mod jws;
pub mod keys;
mod memory;
mod refusal;
mod roles;

pub use caller::{Admin, Assertions, Caller, MaybeCaller, ServiceCaller};
pub use refusal::Refusal;
pub use roles::Roles;

/// The identity headers. Lower case, as both `http` 0.2 and 1 want names of constants. Whoever forwards a request
/// from outside removes all of them, in any spelling, before it sets its own.
pub mod headers {
    /// The member's id, `X-User-Id`; believed only where it equals the assertion's `sub`.
    pub const USER_ID: &str = "x-user-id";
    /// The member's roles, `X-User-Roles`, joined by commas. For reading along; decisions use the assertion's.
    pub const USER_ROLES: &str = "x-user-roles";
    /// The proof, `X-Assertion`: a compact JWT signed with Ed25519.
    pub const ASSERTION: &str = "x-assertion";
}

/// The name under which the gateway signs; every other issuer of assertions is a service.
pub const GATEWAY: &str = "gateway";

/// How far an issuer's clock may be ahead of ours, in seconds (`iat`, `nbf`). There is no grace after `exp`: what
/// follows from a token must never outlive it.
pub const LEEWAY_SECONDS: i64 = 30;
