//! Reads that share connections: the statements of many requests are on their way at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::QueryResult;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{Connection, Connector, Error, Settings, error::Failure, trace};

/// How many connections are shared, and how many reads are on their way on one before the next is used too: the more
/// travel together the less each costs, and what is slow holds up no more than these.
const SHARED: usize = 2;
const TOGETHER: usize = 16;

/// How much longer than its statement a read may take.
const ON_THE_WAY: Duration = Duration::from_secs(1);

/// The shared connections of one Actix worker, opened when they are first needed, and anew when they are lost.
pub(crate) struct Reads {
    connector: Connector,
    slots: [Slot; SHARED],
    turn: AtomicUsize,
    open_within: Duration,
    read_within: Duration,
}

#[derive(Default)]
struct Slot {
    held: Mutex<Option<Arc<Shared>>>,
    opening: tokio::sync::Mutex<()>,
}

/// A connection and the task that drives it.
pub(crate) struct Shared {
    pub(crate) connection: Connection,
    pub(crate) driver: JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl Reads {
    pub(crate) fn new(connector: Connector, settings: &Settings) -> Self {
        Self {
            connector,
            slots: Default::default(),
            turn: AtomicUsize::new(0),
            open_within: settings.wait_timeout,
            read_within: settings.statement_timeout + ON_THE_WAY,
        }
    }

    /// The first connection with room; where there is none, each in turn.
    fn slot(&self) -> &Slot {
        let with_room = self.slots.iter().find(|slot| slot.reads() < TOGETHER);
        with_room.unwrap_or_else(|| &self.slots[self.turn.fetch_add(1, Ordering::Relaxed) % SHARED])
    }

    pub(crate) async fn run<T, F>(&self, read: F) -> Result<T, Error>
    where
        F: AsyncFnOnce(&Connection) -> QueryResult<T>,
    {
        let slot = self.slot();
        let shared = match slot.held() {
            Some(shared) => shared,
            None => match timeout(self.open_within, slot.open(&self.connector)).await {
                Ok(opened) => opened?,
                Err(elapsed) => return Err(Error::unavailable(Failure::Connect, elapsed)),
            },
        };
        let work = read(&shared.connection).instrument(trace::statement());
        match timeout(self.read_within, work).await {
            Ok(answer) => answer.map_err(Error::from),
            Err(elapsed) => {
                // The server would have given up by itself: nothing behind this read will be answered either.
                slot.discard(&shared);
                Err(Error::unavailable(Failure::Statement, elapsed))
            }
        }
    }
}

impl Slot {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Shared>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> Option<Arc<Shared>> {
        self.lock().clone().filter(|shared| !shared.driver.is_finished())
    }

    /// How many are on their way.
    fn reads(&self) -> usize {
        self.lock().as_ref().map_or(0, |shared| Arc::strong_count(shared) - 1)
    }

    /// Opens the connection once for all who wait for it.
    async fn open(&self, connector: &Connector) -> Result<Arc<Shared>, Error> {
        let _turn = self.opening.lock().await;
        if let Some(opened_meanwhile) = self.held() {
            return Ok(opened_meanwhile);
        }
        let opened = Arc::new(connector.open_shared().await?);
        *self.lock() = Some(Arc::clone(&opened));
        Ok(opened)
    }

    fn discard(&self, lost: &Arc<Shared>) {
        self.lock().take_if(|held| Arc::ptr_eq(held, lost));
    }
}
