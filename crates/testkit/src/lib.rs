//! What tests stand on: a database per test, a running service, signed callers. Never part of a service.
//!
//! Everything here panics instead of answering errors: a test has nothing better to do with them.

#![expect(clippy::expect_used, reason = "a test that cannot begin should say where and stop")]

mod database;
mod isolation;
mod process;
mod server;
mod service;
mod template;

pub use database::Database;
pub use isolation::assert_isolated;
pub use process::Process;
pub use server::{PrivateCluster, cluster};
pub use service::{Answer, Asker, TestService, private_key, sign, trust, trust_of};
