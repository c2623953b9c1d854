//! A service's reader of the log: what it does with which event, and the loop that keeps it going.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::time::Duration;

use contracts::events::{Event, MemberErased};
use jiff::Timestamp;
use member_data::Table;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::handler::{Meta, TakeSnapshot, Typed};
use crate::reader::{Error, Failed, Reader};
use crate::state::State;
use crate::{erasures, log, metrics, wake};

/// Between two looks when nobody wakes the consumer.
const POLL: Duration = Duration::from_millis(250);
/// Attempts at an event before it is parked, and the wait after the first, which doubles: 6 seconds in all.
const ATTEMPTS: u32 = 7;
const BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);
/// Between two clearings of old events.
const EXPIRE: Duration = Duration::from_secs(600);

/// Applies events for one service. Every replica runs one; they take turns. `X` is the service's error.
///
/// ```no_run
/// # use contracts::events::MemberErased;
/// # async fn run(pool: pg::Pool, database: pg::Connector, stop: tokio_util::sync::CancellationToken) {
/// events::Consumer::<pg::Error>::new("quest", pool, database)
///     .on::<MemberErased>(async |conn, event, _meta| {
///         // delete from quest.members where user_id = event.user_id
///         # let _ = (conn, event);
///         Ok(())
///     })
///     .run(stop)
///     .await;
/// # }
/// ```
pub struct Consumer<X> {
    reader: Reader,
    database: pg::Connector,
    snapshot: Option<Box<dyn TakeSnapshot>>,
    poll: Duration,
    attempts: u32,
    backoff: Duration,
    _error: PhantomData<fn() -> X>,
}

impl<X: std::error::Error + 'static> Consumer<X> {
    /// A consumer that handles nothing yet. `service` is the name that the role of the pool begins with; `database` opens
    /// the connection it listens on.
    pub fn new(service: &'static str, pool: pg::Pool, database: pg::Connector) -> Self {
        Consumer {
            reader: Reader { consumer: service, pool, handlers: HashMap::new() },
            database,
            snapshot: None,
            poll: POLL,
            attempts: ATTEMPTS,
            backoff: BACKOFF,
            _error: PhantomData,
        }
    }

    /// What to do with events of type `E`: on the connection, in the transaction that marks the event as applied. Types
    /// without a handler are passed over.
    ///
    /// A handler may be called again for an event whose transaction was rolled back, so its effects belong on the
    /// connection. An error is tried again, then parks the event and the later ones of the same member (`events.parked`).
    #[must_use]
    pub fn on<E: Event + 'static>(
        mut self,
        handler: impl AsyncFn(&mut pg::Connection, E, &Meta) -> Result<(), X> + 'static,
    ) -> Self {
        self.reader.handlers.insert(E::TYPE, Box::new(Typed::<E, X, _>::new(handler)));
        self
    }

    /// What becomes of an erased member: these tables are emptied of them. That they were erased is kept for a day
    /// ([`erasures`]), and auth is told that it was done.
    #[must_use]
    pub fn on_erasure(self, now: impl Fn() -> Timestamp + 'static, tables: &'static [Table]) -> Self
    where
        X: From<diesel::result::Error>,
    {
        let service = self.reader.consumer;
        self.on::<MemberErased>(async move |conn, MemberErased { user_id }, _| {
            Ok(erasures::erase(conn, now(), service, tables, user_id).await?)
        })
    }

    /// Before it first follows the log the service takes the owner's state (`/int/...`) by `snapshot`, page by page, each in
    /// a transaction of its own; it must bear to be repeated, after a crash or a failure. The log is then
    /// followed from before the snapshot, so that an event may say again what the snapshot said already.
    ///
    /// Without it a new consumer begins with the oldest event that is kept.
    #[must_use]
    pub fn start_with_snapshot(
        mut self,
        snapshot: impl AsyncFn() -> Result<(), X> + 'static,
    ) -> Self {
        self.snapshot = Some(Box::new(Typed::<(), X, _>::new(snapshot)));
        self
    }

    /// How long it waits between two looks when nobody wakes it (250 ms).
    #[must_use]
    pub fn poll_every(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// How often an event is tried before it is parked (7), and the wait after the first attempt, which doubles (100 ms).
    #[must_use]
    pub fn attempts(mut self, attempts: u32, backoff: Duration) -> Self {
        self.attempts = attempts;
        self.backoff = backoff;
        self
    }

    /// Applies events until `stop`; the batch it is in is finished. Fails never: what is away is waited for. Besides, wakes
    /// the readers of what this process publishes.
    pub async fn run(self, stop: CancellationToken) {
        let wake = Notify::new();
        tokio::select! {
            () = wake::listen(&self.database, &wake) => {}
            () = wake::wake_readers(&self.reader.pool) => {}
            () = self.work(&wake, &stop) => {}
        }
    }

    async fn work(&self, wake: &Notify, stop: &CancellationToken) {
        let mut state = State::default();
        while !stop.is_cancelled() {
            match self.turn(&mut state, stop).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = stop.cancelled() => {}
                    () = wake.notified() => {}
                    () = sleep(self.poll) => {}
                },
                Err(error) => {
                    let rest = self.backoff(state.note(&error));
                    self.report(&error, rest);
                    stop.run_until_cancelled(sleep(rest)).await;
                }
            }
        }
    }

    /// One look and what follows from it. Returns whether there may be more to do at once.
    async fn turn(&self, state: &mut State, stop: &CancellationToken) -> Result<bool, Error> {
        if !state.begun {
            state.begun = stop.run_until_cancelled(self.begin()).await.unwrap_or(Ok(false))?;
            return Ok(state.begun);
        }
        let Some(look) = self.reader.look().await? else {
            // Deleted: it begins anew, with its snapshot.
            state.begun = false;
            return Ok(true);
        };
        let consumer = self.reader.consumer;
        // It would wait for ever, and nothing it could read would look late.
        let lag = if look.ahead { f64::INFINITY } else { look.lag };
        metrics::LAG.with_label_values(&[consumer]).set(lag);
        metrics::PARKED.with_label_values(&[consumer]).set(look.parked);
        if look.ahead {
            return Err(Error::Restored);
        }

        let mut moved = false;
        if look.retry_due {
            match self.reader.retry().await {
                // It has been postponed, and is no reason to rest.
                Err(error @ Error::Handler(_)) => self.report(&error, Duration::ZERO),
                retried => moved |= retried?,
            }
        }
        if look.due {
            moved |= self.reader.batch(state.limit(), state.poison(self.attempts)).await?;
        }
        state.went_well();
        if !moved && state.expire_at <= Instant::now() {
            let mut conn = self.reader.pool.get().await?;
            moved = log::expire(&mut conn).await? > 0;
            if !moved {
                state.expire_at = Instant::now() + EXPIRE;
            }
        }
        Ok(moved)
    }

    /// Sees to it that there is a cursor, and takes the snapshot where one is due. Returns whether the log can be followed:
    /// not while another replica takes the snapshot.
    async fn begin(&self) -> Result<bool, Error> {
        // Its end, however it comes, frees the turn.
        let mut conn = self.database.connect().await?;
        let consumer = self.reader.consumer;
        if !log::begin(&mut conn, consumer, self.snapshot.is_some()).await? {
            return Ok(true);
        }
        if !log::take_turn(&mut conn, consumer).await? {
            return Ok(false);
        }
        // Somebody else may have finished it just now.
        if log::begin(&mut conn, consumer, false).await? {
            if let Some(snapshot) = &self.snapshot {
                tracing::info!(consumer, "taking the snapshot");
                snapshot.take().await.map_err(Error::Snapshot)?;
            }
            log::snapshot_taken(&mut conn, consumer).await?;
        }
        Ok(true)
    }

    fn backoff(&self, times: u32) -> Duration {
        self.backoff.saturating_mul(1 << times.saturating_sub(1).min(16)).min(LONGEST_BACKOFF)
    }

    /// Says what failed and how; never what was in it.
    fn report(&self, error: &Error, rest: Duration) {
        let consumer = self.reader.consumer;
        let next_ms = rest.as_millis() as u64;
        match error {
            Error::Handler(Failed { id, kind, cause, .. }) => {
                metrics::CONSUMED.with_label_values(&[consumer, kind, "failed"]).inc();
                tracing::error!(consumer, event.id = %id, event.kind = kind, cause, next_ms, "event not applied");
            }
            Error::Snapshot(cause) => {
                tracing::error!(consumer, cause, next_ms, "snapshot not taken");
            }
            Error::Restored => tracing::error!(consumer, next_ms, "{error}"),
            Error::Database(error) => {
                let cause = error as &dyn std::error::Error;
                tracing::warn!(consumer, error = cause, next_ms, "events cannot be read");
            }
        }
    }
}
