//! PostgreSQL for the services: pools, transactions, the migration runner and the set-up of roles. No tables.

#[cfg(feature = "cluster")]
pub mod cluster;
mod connector;
mod error;
mod fixed;
mod json;
mod metrics;
mod migrate;
mod pool;
mod probe;
mod reads;
mod settings;
mod setup;
mod trace;
mod transaction;
mod turns;

pub use connector::Connector;
pub use diesel_migrations::{EmbeddedMigrations, embed_migrations};
pub use error::{Error, SetupError, violated_constraint};
pub use fixed::{Fixed, fixed};
pub use json::{Json, from_key};
pub use migrate::{migrate, revert};
pub use pool::{Conn, Pool};
pub use probe::Probe;
pub use settings::{Settings, SettingsError};
pub use setup::{SETUP, setup};
pub use transaction::{on_commit, savepoint, transaction};
pub use turns::in_turn;

/// What every query of the platform runs on.
pub type Connection = diesel_async::AsyncPgConnection;
