//! The connections of one Actix worker: a pool of them, and a few that reads share.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use deadpool::{
    Runtime,
    managed::{self, Metrics, PoolError, RecycleError, RecycleResult, TimeoutType},
};
use diesel::QueryResult;
use diesel_async::pooled_connection::PoolableConnection;

use crate::{
    Connection, Connector, Error, Settings, SettingsError,
    error::Failure,
    metrics::{self, POOL_WAIT},
    reads::Reads,
    trace::InFlight,
};

/// A pool of connections; cheap to clone.
///
/// A connection's driver lives on the runtime that opened it, so every Actix worker makes a pool of its own.
#[derive(Clone)]
pub struct Pool {
    lent: managed::Pool<Manager>,
    shared: Arc<Reads>,
}

impl Pool {
    /// A pool that opens its connections when they are first asked for.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        metrics::show_failures();
        let timeouts = managed::Timeouts {
            wait: Some(settings.wait_timeout),
            // The connector has its own limit, and recycling awaits nothing.
            create: None,
            recycle: None,
        };
        let connector = Connector::new(settings)?;
        let shared = Arc::new(Reads::new(connector.clone(), settings));
        let pool = managed::Pool::builder(Manager(connector))
            .max_size(settings.max_connections)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build();
        match pool {
            Ok(lent) => Ok(Self { lent, shared }),
            Err(managed::BuildError::NoRuntimeSpecified) => unreachable!("given above"),
        }
    }

    /// A connection, as soon as one is free; [`Error::Unavailable`] when none is in time.
    pub async fn get(&self) -> Result<Conn, Error> {
        let timer = POOL_WAIT.start_timer();
        let got = self.lent.get().await;
        timer.observe_duration();
        match got {
            Ok(object) => Ok(Conn(object)),
            // Already counted where it happened.
            Err(PoolError::Backend(error)) => Err(error),
            Err(error @ PoolError::Timeout(TimeoutType::Wait)) => {
                Err(Error::unavailable(Failure::PoolTimeout, error))
            }
            Err(error) => Err(Error::unavailable(Failure::Connect, error)),
        }
    }

    /// Runs a read on a connection that it shares with the reads of other requests.
    ///
    /// It costs about two thirds of a read on a connection of its own: statements and answers travel together, and so
    /// both sides wake and call the kernel less often. What is slow holds up what comes behind it: only for a
    /// single SELECT that an index bounds, on the way of many requests. Fails as [`Pool::get`] and the statement do.
    pub async fn read<T, F>(&self, read: F) -> Result<T, Error>
    where
        F: AsyncFnOnce(&Connection) -> QueryResult<T>,
    {
        self.shared.run(read).await
    }
}

/// A connection on loan from a [`Pool`]; give it to a function as `&mut conn`.
pub struct Conn(managed::Object<Manager>);

impl Deref for Conn {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0.connection
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0.connection
    }
}

struct Manager(Connector);

struct Pooled {
    connection: Connection,
    in_flight: InFlight,
}

impl managed::Manager for Manager {
    type Type = Pooled;
    type Error = Error;

    async fn create(&self) -> Result<Pooled, Error> {
        let in_flight = InFlight::default();
        let connection = self.0.open(in_flight.clone()).await?;
        Ok(Pooled { connection, in_flight })
    }

    /// Refuses a connection that is closed, is inside a transaction, or still works for a request that has gone.
    /// Asks the server nothing: that would cost every request a round trip.
    async fn recycle(&self, pooled: &mut Pooled, _: &Metrics) -> RecycleResult<Error> {
        if pooled.in_flight.get() || pooled.connection.is_broken() {
            return Err(RecycleError::message("left in the middle of something, or closed"));
        }
        Ok(())
    }
}
