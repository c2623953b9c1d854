//! Where the database is and how long to wait for it.

use std::time::Duration;

use jiff::fmt::serde::unsigned_duration::friendly::compact::required as duration;
use secrecy::SecretString;
use serde::Deserialize;

/// Settings of a pool. Durations are written as `2s` or `500ms`.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// `postgres://role:password@host:port/database`, with libpq's `sslmode` and `sslrootcert` where TLS is wanted.
    pub url: SecretString,
    /// Connections of one pool, that is of one Actix worker: replicas x workers x (this + 2) must stay within the
    /// server's `max_connections`.
    #[serde(default = "max_connections")]
    pub max_connections: usize,
    /// How long a request waits for a connection that others hold.
    #[serde(default = "two_seconds", with = "duration")]
    pub wait_timeout: Duration,
    /// How long opening a connection may take, sign-in included.
    #[serde(default = "two_seconds", with = "duration")]
    pub connect_timeout: Duration,
    /// How long the server works on one statement before it gives up; zero is without end.
    #[serde(default = "five_seconds", with = "duration")]
    pub statement_timeout: Duration,
}

impl Settings {
    /// The default settings for the database at `url`.
    pub fn new(url: impl Into<SecretString>) -> Self {
        Self {
            url: url.into(),
            max_connections: max_connections(),
            wait_timeout: two_seconds(),
            connect_timeout: two_seconds(),
            statement_timeout: five_seconds(),
        }
    }
}

fn max_connections() -> usize {
    8
}

fn two_seconds() -> Duration {
    Duration::from_secs(2)
}

fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

/// Settings that no connection can be made from. Never shows the URL: it holds a password.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not a URL at all.
    #[error("the database URL must look like postgres://role:password@host:port/database")]
    Url,
    /// A URL whose parts make no sense to PostgreSQL.
    #[error("the database URL is wrong")]
    Parameters(#[source] tokio_postgres::Error),
    /// `sslmode` is none of libpq's.
    #[error("sslmode must be disable, prefer, require, verify-ca or verify-full, not {0:?}")]
    SslMode(String),
    /// The certificates that TLS would trust cannot be read.
    #[error("the root certificates cannot be read: {0}")]
    Certificates(String),
}
