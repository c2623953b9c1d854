//! Prepares an installation, before any service is there: keys and passwords, then the database.

mod database;
mod secrets;

pub use database::{prepare as prepare_database, prepare_at};
pub use secrets::make as make_secrets;

/// What an app role's URL is called, in its service's folder.
const DATABASE_URL: &str = "DATABASE_URL";
/// What an owner role's is called, in a folder beside it.
const MIGRATION_DATABASE_URL: &str = "MIGRATION_DATABASE_URL";
