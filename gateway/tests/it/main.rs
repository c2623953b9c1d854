//! The gateway through HTTP, before real servers on loopback.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]
#![allow(unreachable_pub)]

mod bodies;
mod cors;
mod header_matrix;
mod health;
mod identity_headers;
mod keys;
mod metrics;
mod own;
mod rates;
mod revocations;
mod routing;
mod stop;
mod support;
mod table;
mod tokens;
mod upstreams;
