//! One batch of the log, or one parked event, in one transaction: the cursor, the inbox and the effects move together.

use std::collections::HashMap;

use uuid::Uuid;

use crate::handler::{self, Cause, Handle};
use crate::log::{self, Entry, Look};
use crate::{inbox, metrics, parked};

/// Reads the log for one consumer.
pub(crate) struct Reader {
    pub(crate) consumer: &'static str,
    pub(crate) pool: pg::Pool,
    pub(crate) handlers: HashMap<&'static str, Box<dyn Handle>>,
}

/// Why a transaction of a reader was rolled back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Database(#[from] pg::Error),
    #[error("event {} of type {} failed: {}", .0.id, .0.kind, .0.cause)]
    Handler(Failed),
    #[error("the log was restored from another cluster: run the set-up of the database")]
    Restored,
    #[error("the snapshot failed: {0}")]
    Snapshot(Cause),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Error::Database(error.into())
    }
}

/// An event that its handler refused.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) cause: Cause,
    /// How many of its batch were before it.
    pub(crate) before: usize,
}

/// What becomes of an event; the label `outcome`.
#[derive(Clone, Copy)]
enum Outcome {
    Applied,
    Duplicate,
    Parked,
}

impl Reader {
    /// What there is to do, nothing locked.
    pub(crate) async fn look(&self) -> Result<Option<Look>, Error> {
        let mut conn = self.pool.get().await?;
        Ok(log::look(&mut conn, self.consumer, &self.kinds()).await?)
    }

    /// Reads on, at most `limit` events; parks `poison` when it meets it. Returns whether it moved: it does not while
    /// another replica has the cursor.
    pub(crate) async fn batch(&self, limit: usize, poison: Option<&Failed>) -> Result<bool, Error> {
        let done = pg::transaction(&self.pool, async |conn| {
            let Some(cursor) = log::lock(conn, self.consumer).await? else {
                return Ok(None);
            };
            let mut page = log::read(conn, self.consumer, &cursor, &self.kinds(), limit).await?;
            let full = page.len() == limit;
            let cut = cut(&mut page, poison);
            let to = match page.last() {
                Some(last) if full || cut => last.place,
                _ => cursor.end(),
            };
            let applied = async {
                let done = self.apply(conn, &page, poison).await?;
                log::advance(conn, self.consumer, to).await?;
                Ok(Some(done))
            };
            applied.await.map_err(|error| blame(error, &page))
        })
        .await?;
        self.count(done.as_deref().unwrap_or_default());
        Ok(done.is_some())
    }

    /// Tries the parked event again that is due. Returns whether one was, and was applied.
    pub(crate) async fn retry(&self) -> Result<bool, Error> {
        let done = pg::transaction(&self.pool, async |conn| {
            // Not for reading: whoever has the cursor is the only one at work.
            if log::lock(conn, self.consumer).await?.is_none() {
                return Ok(None);
            }
            let Some(mut entry) = parked::due(conn, self.consumer).await? else {
                return Ok(None);
            };
            parked::release(conn, self.consumer, &entry).await?;
            entry.waits = false;
            Ok::<_, Error>(Some(self.apply(conn, &[entry], None).await?))
        })
        .await;
        match done {
            Ok(done) => {
                self.count(done.as_deref().unwrap_or_default());
                Ok(done.is_some())
            }
            Err(Error::Handler(failed)) => {
                let mut conn = self.pool.get().await?;
                parked::postpone(&mut conn, self.consumer, failed.id, &failed.cause).await?;
                Err(Error::Handler(failed))
            }
            Err(error) => Err(error),
        }
    }

    /// Applies events in order, each once; parks the poison and what waits behind a parked one.
    async fn apply(
        &self,
        conn: &mut pg::Connection,
        page: &[Entry],
        poison: Option<&Failed>,
    ) -> Result<Vec<(String, Outcome)>, Error> {
        let is_poison = |entry: &Entry| poison.filter(|poison| poison.id == entry.id);
        let waits = |entry: &Entry| entry.waits && !entry.erases();
        let now: Vec<Uuid> = page
            .iter()
            .filter(|entry| is_poison(entry).is_none() && !waits(entry))
            .map(|entry| entry.id)
            .collect();
        let claimed = inbox::claim(conn, self.consumer, &now).await?;

        let mut done = Vec::with_capacity(page.len());
        for (before, entry) in page.iter().enumerate() {
            let outcome = if is_poison(entry).is_some() || waits(entry) {
                let cause = is_poison(entry).map(|poison| &poison.cause);
                match parked::park(conn, self.consumer, entry, cause).await? {
                    true => Outcome::Parked,
                    false => Outcome::Duplicate,
                }
            } else if claimed.contains(&entry.id) {
                if entry.erases() {
                    parked::forget(conn, self.consumer, entry.lane()).await?;
                }
                self.handle(conn, entry).await.map_err(|cause| {
                    Error::Handler(Failed { id: entry.id, kind: entry.kind.clone(), cause, before })
                })?;
                Outcome::Applied
            } else {
                Outcome::Duplicate
            };
            done.push((entry.kind.clone(), outcome));
        }
        Ok(done)
    }

    async fn handle(&self, conn: &mut pg::Connection, entry: &Entry) -> Result<(), Cause> {
        match self.handlers.get(entry.kind.as_str()) {
            Some(handler) => handler::run(handler.as_ref(), conn, entry).await,
            // Only a parked one can be of a type that is no longer handled.
            None => Ok(()),
        }
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    fn count(&self, done: &[(String, Outcome)]) {
        for (kind, outcome) in done {
            let outcome = match outcome {
                Outcome::Applied => "applied",
                Outcome::Duplicate => "duplicate",
                Outcome::Parked => "parked",
            };
            metrics::CONSUMED.with_label_values(&[self.consumer, kind, outcome]).inc();
        }
    }
}

/// A handler that took a refused statement for a success leaves a transaction in which all that follows fails. Where it
/// was alone, it was its fault.
fn blame(error: Error, page: &[Entry]) -> Error {
    match (error, page) {
        (Error::Database(pg::Error::Query(_)), [Entry { id, kind, .. }]) => {
            let cause = "LeftAnAbortedTransaction".into();
            Error::Handler(Failed { id: *id, kind: kind.clone(), cause, before: 0 })
        }
        (error, _) => error,
    }
}

/// Ends the page after an event that changes who waits: whether the later ones wait was asked before it. Returns whether
/// it did.
fn cut(page: &mut Vec<Entry>, poison: Option<&Failed>) -> bool {
    let changes = |entry: &Entry| {
        (entry.waits && entry.erases()) || poison.is_some_and(|poison| poison.id == entry.id)
    };
    let Some(index) = page.iter().position(changes) else {
        return false;
    };
    page.truncate(index + 1);
    true
}
