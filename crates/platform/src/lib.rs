//! The platform on one machine: its database, its keys, its processes. `make run` starts it from these parts, and so does
//! `crates/bench`, elsewhere.

pub mod cognito;
pub mod database;
pub mod events;
pub mod folder;
pub mod keys;
pub mod minji;
pub mod ports;
pub mod processes;
pub mod services;

/// What goes wrong here is said to the person who typed the command.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
