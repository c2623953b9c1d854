//! Promise 12: late commits are not skipped, and one member's events stay in order.

use std::time::Duration;

use contracts::UserId;
use diesel::sql_types::{Integer, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use rand::Rng;
use rand::seq::IndexedRandom;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::support::{Database, Running, local, member, number, updated};

const EVENTS: i64 = 10_000;
const WRITERS: usize = 24;
const MEMBERS: usize = 60;

/// Parallel writers with delays in every place, some of them rolled back, and two replicas that read beside them, while the
/// set-up is run again and again.
#[tokio::test]
async fn ten_thousand_late_commits_are_read_once_and_in_order() {
    local(async {
        let database = Database::create().await;
        let members: Vec<UserId> = (0..MEMBERS).map(|_| member()).collect();
        for member in &members {
            database.sql(&format!("insert into auth.members values ('{member}', 0)")).await;
        }
        let replicas = [Running::start(database.noting()), Running::start(database.noting())];

        let per_writer = EVENTS / WRITERS as i64 + 1;
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| spawn_local(write(database.pool("auth"), members.clone(), per_writer)))
            .collect();
        for _ in 0..5 {
            sleep(Duration::from_millis(500)).await;
            database.set_up().await;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let sent = database.number("select count(*) from events.log").await;
        assert!(sent >= EVENTS, "{sent}");
        database.until("select count(*) from quest.applied", sent).await;
        for replica in replicas {
            replica.stop().await;
        }

        let applied = database.applied().await;
        assert_eq!(applied.len() as i64, sent);
        for member in members {
            let names =
                applied.iter().filter(|(of, _)| *of == member).map(|(_, name)| name.clone());
            let sent = database
                .number(&format!("select version from auth.members where user_id = '{member}'"))
                .await;
            let versions: Vec<String> = (1..=sent).map(|version| version.to_string()).collect();
            assert_eq!(names.collect::<Vec<_>>(), versions);
        }
    })
    .await;
}

/// Changes members, some of them several at once, until `count` changes are committed.
async fn write(pool: pg::Pool, members: Vec<UserId>, count: i64) {
    #[derive(Debug)]
    struct RolledBack;
    impl From<pg::Error> for RolledBack {
        fn from(error: pg::Error) -> Self {
            panic!("{error:?}")
        }
    }

    let mut rng = rand::rng();
    let mut committed = 0;
    while committed < count {
        let several = rng.random_range(1..=3);
        let mut changed: Vec<UserId> =
            members.choose_multiple(&mut rng, several).copied().collect();
        // One order of locks for all writers.
        changed.sort();
        let delays: [u64; 3] = std::array::from_fn(|_| rng.random_range(0..4));
        let early = rng.random_bool(0.5);
        let fails = rng.random_bool(0.1);
        let outcome = pg::transaction(&pool, async |conn| {
            if early {
                // The number of the transaction is drawn long before the member is locked.
                number(conn, "select pg_current_xact_id()::text::bigint").await;
                sleep(Duration::from_millis(delays[0])).await;
            }
            for member in &changed {
                let version = change(conn, *member).await;
                sleep(Duration::from_millis(delays[1])).await;
                let event = updated(*member, &version.to_string());
                events::publish(conn, &event).await.map_err(pg::Error::from)?;
            }
            sleep(Duration::from_millis(delays[2])).await;
            if fails { Err(RolledBack) } else { Ok(()) }
        })
        .await;
        if outcome.is_ok() {
            committed += changed.len() as i64;
        }
    }
}

/// Locks the member and counts the change.
async fn change(conn: &mut pg::Connection, member: UserId) -> i32 {
    #[derive(QueryableByName)]
    struct Changed {
        #[diesel(sql_type = Integer)]
        version: i32,
    }
    sql_query("update auth.members set version = version + 1 where user_id = $1 returning version")
        .bind::<SqlUuid, _>(member.0)
        .get_result::<Changed>(conn)
        .await
        .unwrap()
        .version
}

/// The member's later change is in the transaction with the lower number, and one with a number in between still runs when both are
/// committed: a window of numbers would end between them.
#[tokio::test]
async fn a_lower_transaction_that_comes_later_does_not_overtake() {
    local(async {
        let database = Database::create().await;
        let member = member();
        let begin = async || {
            let mut conn = database.connect("auth").await;
            let begin = "begin; set local idle_in_transaction_session_timeout = 0";
            conn.batch_execute(begin).await.unwrap();
            number(&mut conn, "select pg_current_xact_id()::text::bigint").await;
            conn
        };
        let mut later = begin().await;
        let mut between = begin().await;
        let mut first = begin().await;

        events::publish(&first, &updated(member, "first")).await.unwrap();
        first.batch_execute("commit").await.unwrap();
        events::publish(&later, &updated(member, "later")).await.unwrap();
        later.batch_execute("commit").await.unwrap();

        let reader = Running::start(database.noting());
        sleep(Duration::from_millis(200)).await;
        between.batch_execute("commit").await.unwrap();
        database.until("select count(*) from quest.applied", 2).await;
        reader.stop().await;
        assert_eq!(database.applied_of(member).await, ["first", "later"]);
    })
    .await;
}

/// A reader that has passed a later event still meets an earlier one that is committed after it.
#[tokio::test]
async fn a_late_commit_is_not_skipped() {
    local(async {
        let database = Database::create().await;
        let (early, late) = (member(), member());
        let mut conn = database.connect("auth").await;
        conn.batch_execute("begin").await.unwrap();
        events::publish(&conn, &updated(late, "drawn first")).await.unwrap();
        database.send(early, "committed first").await;

        let reader = Running::start(database.noting());
        sleep(Duration::from_millis(200)).await;
        conn.batch_execute("commit").await.unwrap();
        database.until("select count(*) from quest.applied", 2).await;
        reader.stop().await;
    })
    .await;
}
