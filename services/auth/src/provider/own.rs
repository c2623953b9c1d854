//! Our own accounts: Argon2id, on threads of its own and only so many at once, so that a storm of sign-ins can neither
//! starve the rest nor fill the memory (19 MiB each).

use std::sync::Arc;
use std::time::Duration;

use contracts::UserId;
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::domain::passwords;
use crate::error::Error;

/// How long a sign-in waits for its turn.
const WAIT: Duration = Duration::from_secs(5);

/// What we know of a new member.
#[derive(Debug)]
pub(crate) struct Account {
    /// The member's id from now on.
    pub(crate) user_id: UserId,
    pub(crate) password_hash: String,
}

/// Holds passwords.
pub(crate) struct OwnAccounts {
    turns: Arc<Semaphore>,
    /// Threads for hashing alone, which never end: each keeps the memory it hashes in.
    threads: Handle,
}

impl OwnAccounts {
    /// At most `concurrency` hashes are computed at once.
    pub(crate) fn new(concurrency: usize) -> Result<Self, std::io::Error> {
        let concurrency = concurrency.max(1);
        let threads = Builder::new_current_thread()
            .max_blocking_threads(concurrency)
            .thread_keep_alive(Duration::MAX)
            .thread_name("hash")
            .build()?;
        // It lasts as long as the process: a runtime may not end inside of another one.
        let threads = Box::leak(Box::new(threads)).handle().clone();
        Ok(OwnAccounts { turns: Arc::new(Semaphore::new(concurrency)), threads })
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = tokio::time::timeout(WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Error::TooBusy);
        };
        // The turn ends with the work, even when the client has gone by then.
        let done = self.threads.spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(Error::internal)
    }

    /// Makes an account for a new member.
    pub(crate) async fn create(&self, password: &SecretString) -> Result<Account, Error> {
        Ok(Account { user_id: UserId(Uuid::now_v7()), password_hash: self.hash(password).await? })
    }

    /// Whether the password is right; takes as long for a member that is not known.
    pub(crate) async fn verify(
        &self,
        password: &SecretString,
        hash: Option<String>,
    ) -> Result<bool, Error> {
        let password = password.clone();
        self.in_turn(move || passwords::verify(password.expose_secret(), hash.as_deref())).await
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String, Error> {
        let password = password.clone();
        let hash = self.in_turn(move || passwords::hash(password.expose_secret())).await?;
        hash.map_err(Error::internal)
    }
}
