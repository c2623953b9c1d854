//! Waking readers sooner than their poll.
//!
//! NOTIFY inside a transaction serialises all commits, and one for each event would be a storm. So a commit only marks the
//! process, and one task of the process notifies on a connection of the pool: at most once in 10 ms, however many committed.
//! A lost notification costs a reader its poll interval, nothing else.

use std::sync::LazyLock;
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use futures_util::StreamExt;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

/// Rest between two notifications.
const REST: Duration = Duration::from_millis(10);
/// Before a lost connection is made anew.
const RECONNECT: Duration = Duration::from_secs(1);

static COMMITTED: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

/// Marks that events have been committed by this process.
pub(crate) fn committed() {
    COMMITTED.send_replace(());
}

/// Notifies readers of what this process commits; never ends. A [`Consumer`](crate::Consumer) does it, too: this is for a
/// process without one.
pub async fn wake_readers(pool: &pg::Pool) {
    let mut marked = COMMITTED.subscribe();
    // What was committed before this task ran.
    marked.mark_changed();
    while marked.changed().await.is_ok() {
        if let Err(error) = notify(pool).await {
            tracing::debug!(%error, "readers are not woken and will poll");
        }
        sleep(REST).await;
    }
}

async fn notify(pool: &pg::Pool) -> Result<(), pg::Error> {
    let mut conn = pool.get().await?;
    Ok(conn.batch_execute("notify events").await?)
}

/// Wakes `reader` whenever any process notifies; never ends. Behind a transaction pooler it hears nothing, which costs no
/// more than the poll.
pub(crate) async fn listen(database: &pg::Connector, reader: &Notify) {
    loop {
        if let Err(error) = listen_once(database, reader).await {
            tracing::debug!(%error, "not listening for events, only polling");
        }
        sleep(RECONNECT).await;
    }
}

async fn listen_once(database: &pg::Connector, reader: &Notify) -> Result<(), pg::Error> {
    let mut conn = database.connect().await?;
    conn.batch_execute("listen events").await?;
    // What came while nobody listened.
    reader.notify_one();
    let mut notifications = std::pin::pin!(conn.notifications_stream());
    while let Some(notification) = notifications.next().await {
        notification?;
        reader.notify_one();
    }
    Ok(())
}
