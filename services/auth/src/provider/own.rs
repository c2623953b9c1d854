//! Our own accounts: Argon2id, on threads of its own and only so many at once, so that a storm of sign-ins can neither
//! starve the rest nor fill the memory (19 MiB each).

use std::sync::Arc;
use std::time::Duration;

use contracts::UserId;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{Account, Provider};
use crate::domain::passwords;
use crate::error::Error;

/// How long a sign-in waits for its turn.
const WAIT: Duration = Duration::from_secs(5);

pub(crate) struct OwnAccounts {
    turns: Arc<Semaphore>,
    /// Threads for hashing alone. A thread keeps the memory of its last hash: on the blocking threads of every worker that
    /// would come to hundreds of megabytes after a storm.
    threads: Handle,
}

impl OwnAccounts {
    /// At most `concurrency` hashes are computed at once.
    pub(crate) fn new(concurrency: usize) -> Result<Self, std::io::Error> {
        let concurrency = concurrency.max(1);
        let threads = Builder::new_current_thread()
            .max_blocking_threads(concurrency)
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

    async fn hash(&self, password: &SecretString) -> Result<String, Error> {
        let password = password.clone();
        let hash = self.in_turn(move || passwords::hash(password.expose_secret())).await?;
        hash.map_err(Error::internal)
    }
}

impl Provider for OwnAccounts {
    fn create<'a>(&'a self, password: &'a SecretString) -> BoxFuture<'a, Result<Account, Error>> {
        async move {
            let password_hash = Some(self.hash(password).await?);
            Ok(Account { user_id: UserId(Uuid::now_v7()), password_hash })
        }
        .boxed()
    }

    fn confirm<'a>(&'a self, _email: &'a str, _code: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        async { Err(Error::NothingToConfirm) }.boxed()
    }

    fn verify<'a>(
        &'a self,
        password: &'a SecretString,
        hash: Option<String>,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        let password = password.clone();
        self.in_turn(move || passwords::verify(password.expose_secret(), hash.as_deref())).boxed()
    }

    fn change<'a>(
        &'a self,
        password: &'a SecretString,
    ) -> BoxFuture<'a, Result<Option<String>, Error>> {
        async move { self.hash(password).await.map(Some) }.boxed()
    }
}
