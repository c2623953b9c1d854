//! Calling another service: one deadline for the whole call, retries within a budget, a circuit breaker, the caller's
//! trace, an assertion that says who calls. [`Cached`] keeps reference data: revalidated by ETag, served stale.
//! [`ProviderClient`] calls those who are not ours.

mod breaker;
mod budget;
mod cached;
mod call;
mod provider;

pub use breaker::{Attempt, Breaker};
pub use budget::Budget;
pub use cached::{Cached, NotReached};
pub use call::{Client, Error, Fetched, Proof};
pub use provider::{NoAnswer, ProviderClient};
