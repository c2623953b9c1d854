//! Events on a real PostgreSQL, through the roles of the services.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

mod delivery;
mod erasures;
mod order;
mod poison;
mod rights;
mod snapshot;
mod support;
mod upkeep;
mod wake;
