//! Whether the database answers, asked on a connection of its own: a busy pool says nothing about the database.

use diesel_async::SimpleAsyncConnection;

use crate::{Conn, Error, Pool, Settings, SettingsError};

/// Keeps one connection to ask on.
#[derive(Clone)]
pub struct Probe(Pool);

impl Probe {
    /// A probe of the database at the settings' URL.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        Pool::new(&Settings { max_connections: 1, ..settings.clone() }).map(Probe)
    }

    /// Asks once; a connection that was lost is opened anew.
    pub async fn check(&self) -> Result<(), Error> {
        let mut conn: Conn = self.0.get().await?;
        conn.batch_execute("SELECT 1").await.map_err(Error::from)
    }
}
