//! Prepares an installation, before any service is there: keys and passwords, then the database. Saves that, and restores it.

mod backup;
mod client;
mod contents;
mod database;
mod secrets;

pub use backup::{restore, save};
pub use contents::{Contents, Table};
pub use database::{Admin, admin_url, passwords, prepare, with_authority};
pub use secrets::make as make_secrets;

/// What an app role's URL is called, in its service's folder.
const DATABASE_URL: &str = "DATABASE_URL";
/// What an owner role's is called, in a folder beside it.
const MIGRATION_DATABASE_URL: &str = "MIGRATION_DATABASE_URL";
