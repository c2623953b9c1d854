//! How often a password may be tried. Whoever asks for one counts here: sign-in, and where the current one is asked for.

use jiff::Timestamp;
use pg::Connection;
use sha2::{Digest, Sha256};

use crate::domain::passwords::{FAILURE_WINDOW, MOST_FAILURES};
use crate::error::Error;
use crate::store;

/// The account of an address, known or not.
pub(crate) struct Account(Vec<u8>);

impl Account {
    /// What is counted must be what is looked up: PostgreSQL's lower case of some letters is another one.
    pub(crate) fn of(email: &str) -> Self {
        Account(Sha256::digest(email.to_lowercase()).to_vec())
    }

    /// Whether too many tries have failed of late. Such an account answers even the right password like a wrong one.
    pub(crate) async fn is_locked(
        &self,
        conn: &mut Connection,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let failures = store::login_failures::count(conn, &self.0, now - FAILURE_WINDOW).await?;
        Ok(failures >= MOST_FAILURES)
    }

    /// One more try has failed.
    pub(crate) async fn count(&self, conn: &mut Connection, now: Timestamp) -> Result<(), Error> {
        Ok(store::login_failures::upsert(conn, &self.0, now - FAILURE_WINDOW, now).await?)
    }

    /// The password was right: failures count from nothing again.
    pub(crate) async fn forget(&self, conn: &mut Connection) -> Result<(), Error> {
        Ok(store::login_failures::delete(conn, &self.0).await?)
    }
}
