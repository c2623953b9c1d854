//! The gateway through HTTP, before real servers on loopback.
#![allow(missing_docs, unreachable_pub)]

mod bodies;
mod cors;
mod identity_headers;
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
