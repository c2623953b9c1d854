//! Personality tests, their results, and the daily self-check.

pub mod domain;
mod schema;
mod store;
