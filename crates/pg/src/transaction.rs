//! One write, one transaction.

use diesel::connection::TransactionManagerStatus;
use std::cell::RefCell;

use diesel_async::{AnsiTransactionManager, SimpleAsyncConnection, TransactionManager};

use crate::{Connection, Error, Pool};

type Hook = Box<dyn FnOnce() + Send>;

tokio::task_local! {
    /// What is done once the transaction that this task is in has been committed.
    static ON_COMMIT: RefCell<Vec<Hook>>;
}

/// Calls `hook` once the [`transaction`] around this has been committed, never when it is rolled back; at once outside
/// of one. For what must not come too early, such as waking somebody.
pub fn on_commit(hook: impl FnOnce() + Send + 'static) {
    let mut hook: Option<Hook> = Some(Box::new(hook));
    // Outside of a transaction there is no list, and the hook stays where it is.
    let _ = ON_COMMIT.try_with(|hooks| hooks.borrow_mut().extend(hook.take()));
    if let Some(hook) = hook {
        hook();
    }
}

/// Runs `work` in a transaction on a connection of the pool: committed when it answers `Ok`, rolled back when it
/// answers `Err` or its future is dropped.
///
/// diesel-async's own `transaction` wants futures that are `Send`; those of Actix handlers are not.
pub async fn transaction<T, E, F>(pool: &Pool, work: F) -> Result<T, E>
where
    F: AsyncFnOnce(&mut Connection) -> Result<T, E>,
    E: From<Error>,
{
    let mut conn = pool.get().await?;
    let conn: &mut Connection = &mut conn;
    AnsiTransactionManager::begin_transaction(conn).await.map_err(Error::from)?;
    let worked = async { Ok((work(conn).await?, ON_COMMIT.with(RefCell::take))) };
    let outcome = match ON_COMMIT.scope(RefCell::default(), worked).await {
        Ok((value, hooks)) => commit(conn).await.map(|()| (value, hooks)).map_err(E::from),
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        // When even this fails, the transaction manager knows, and the pool throws the connection away.
        if let Err(error) = AnsiTransactionManager::rollback_transaction(conn).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "rollback failed");
        }
    }
    let (value, hooks) = outcome?;
    hooks.into_iter().for_each(|hook| hook());
    Ok(value)
}

/// Runs `work` in a savepoint of the transaction that is open on `conn`: what it wrote is kept when it answers `Ok`, and
/// undone, alone, when it answers `Err`.
pub async fn savepoint<T, E, F>(conn: &mut Connection, work: F) -> Result<T, E>
where
    F: AsyncFnOnce(&mut Connection) -> Result<T, E>,
    E: From<Error>,
{
    AnsiTransactionManager::begin_transaction(conn).await.map_err(Error::from)?;
    match work(conn).await {
        Ok(value) => {
            AnsiTransactionManager::commit_transaction(conn).await.map_err(Error::from)?;
            Ok(value)
        }
        Err(error) => {
            AnsiTransactionManager::rollback_transaction(conn).await.map_err(Error::from)?;
            Err(error)
        }
    }
}

/// Commits, or fails when there is nothing to commit.
///
/// After a failed statement Postgres answers a plain `COMMIT` with success and rolls back. So whoever took a failed
/// statement for a success would lose every write without a word. A statement before it, in the same
/// round trip, fails in such a transaction.
async fn commit(conn: &mut Connection) -> Result<(), Error> {
    conn.batch_execute("SELECT 1; COMMIT").await?;
    *AnsiTransactionManager::transaction_manager_status_mut(conn) =
        TransactionManagerStatus::default();
    Ok(())
}
