//! Readers are woken by what others commit.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use diesel_async::SimpleAsyncConnection;
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::support::{Database, LOSE_CONNECTIONS, Running, local, member, number, updated};

/// Nothing but a notification can wake this reader. (Other tests' transactions may hold back an event until after its
/// notification, so there is more than one.)
#[tokio::test]
async fn a_commit_wakes_the_readers_again_after_a_lost_connection_too() {
    local(async {
        let database = Database::create().await;
        let reader = Running::start(database.noting().poll_every(Duration::from_secs(3600)));
        database.until("select count(*) from events.cursors", 1).await;
        let woken = async || {
            let before = database.applied().await.len();
            for _ in 0..300 {
                database.send(member(), "a").await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                if database.applied().await.len() > before {
                    return;
                }
            }
            panic!("never woken");
        };
        woken().await;
        database.sql(LOSE_CONNECTIONS).await;
        // By the new connection once, and then by what it hears.
        woken().await;
        woken().await;
        reader.stop().await;
    })
    .await;
}

/// NOTIFY in a transaction would serialise all commits; one for each event would be a storm.
#[tokio::test]
async fn notifications_are_few_and_not_of_the_transactions_that_publish() {
    local(async {
        let database = Database::create().await;
        let waking = database.pool("auth");
        let waker = tokio::task::spawn_local(async move { events::wake_readers(&waking).await });
        let mut listening = database.connect("quest").await;
        listening.batch_execute("listen events").await.unwrap();

        // Another pool than the waker's.
        let mut publishers = HashSet::new();
        let pool = database.pool("auth");
        let began = Instant::now();
        for _ in 0..200 {
            let sent: Result<(), pg::Error> = pg::transaction(&pool, async |conn| {
                publishers.insert(number(conn, "select pg_backend_pid()").await);
                Ok(events::publish(conn, &updated(member(), "a")).await?)
            })
            .await;
            sent.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let most = began.elapsed().as_millis() / 10 + 2;
        waker.abort();

        let mut heard = 0;
        let mut notifications = std::pin::pin!(listening.notifications_stream());
        let rest = Duration::from_millis(300);
        while let Ok(Some(notification)) = timeout(rest, notifications.next()).await {
            heard += 1;
            assert!(!publishers.contains(&i64::from(notification.unwrap().process_id)));
        }
        assert!((1..=most).contains(&heard), "{heard} of at most {most}");
    })
    .await;
}
