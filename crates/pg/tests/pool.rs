//! The pool on bad days: the server away and back, statements that hang, requests that go away in the middle.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

use std::{
    future::Future,
    task::{Context, Waker},
    time::{Duration, Instant},
};

use diesel::{QueryableByName, sql_types::BigInt};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use pg::{Connection, Error, Pool, Settings};
use testkit::Database;

const QUEST: EmbeddedMigrations = embed_migrations!("tests/migrations/quest");

/// Waits are short, so that the tests are.
fn pool_of(database: &Database, max_connections: usize) -> Pool {
    let settings = Settings {
        max_connections,
        wait_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_millis(500),
        ..Settings::new(database.app_url("quest"))
    };
    Pool::new(&settings).unwrap()
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

async fn number(conn: &mut Connection, query: &str) -> Result<i64, Error> {
    Ok(diesel::sql_query(query).get_result::<Number>(conn).await?.n)
}

async fn things(pool: &Pool) -> i64 {
    number(&mut pool.get().await.unwrap(), "SELECT count(*) AS n FROM things").await.unwrap()
}

async fn insert(conn: &mut Connection, name: &str) -> Result<(), Error> {
    let insert = format!("INSERT INTO things (name) VALUES ('{name}')");
    Ok(conn.batch_execute(&insert).await?)
}

#[tokio::test]
async fn a_stopped_server_is_unavailable_at_once_and_comes_back_by_itself() {
    let cluster = testkit::cluster();
    let database = cluster.database(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 4);
    // All four have been connected.
    let held = futures_util::future::join_all((0..4).map(|_| pool.get())).await;
    drop(held);
    let mut lent = pool.get().await.unwrap();

    cluster.stop().unwrap();
    let lost = number(&mut lent, "SELECT 1::bigint AS n").await;
    assert!(matches!(lost, Err(Error::Unavailable(_))), "{:?}", lost.err());
    drop(lent);
    for _ in 0..6 {
        let started = Instant::now();
        // A connection whose end has not been seen yet may still be lent.
        let refused = async { number(&mut *pool.get().await?, "SELECT 1::bigint AS n").await };
        assert!(matches!(refused.await, Err(Error::Unavailable(_))));
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }

    cluster.start().unwrap();
    for _ in 0..6 {
        assert_eq!(things(&pool).await, 0);
    }
}

#[tokio::test]
async fn connections_that_the_server_cut_are_not_lent_again() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 2);
    let both = futures_util::future::join_all((0..2).map(|_| pool.get())).await;
    drop(both);

    let admin = pg::Connector::new(&Settings::new(database.admin_url())).unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity \
               WHERE usename = 'quest_app' AND datname = current_database()";
    assert_eq!(number(&mut admin.connect().await.unwrap(), cut).await.unwrap(), 2);
    // The connections' drivers see the end as soon as they get a turn.
    tokio::time::sleep(Duration::from_millis(100)).await;

    for _ in 0..4 {
        assert_eq!(things(&pool).await, 0);
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_while_it_works_is_unavailable() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 1);
    // Often, because the end of the socket may be seen before or after the connection is lent again.
    for _ in 0..20 {
        let mut conn = pool.get().await.unwrap();
        let cut = conn.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())").await;
        assert!(matches!(Error::from(cut.unwrap_err()), Error::Unavailable(_)));
        drop(conn);
        assert_eq!(things(&pool).await, 0);
    }
}

#[tokio::test]
async fn a_full_pool_is_unavailable_after_the_wait() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 1);
    let held = pool.get().await.unwrap();
    let started = Instant::now();
    assert!(matches!(pool.get().await, Err(Error::Unavailable(_))));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    drop(held);
    assert_eq!(things(&pool).await, 0);
    let failures = gathered("db_failures_total");
    assert!(failures.contains("pool_timeout"), "{failures}");
    assert!(gathered("db_pool_wait_seconds").contains("sample_count"));
}

/// What Prometheus would see.
fn gathered(name: &str) -> String {
    let families = prometheus::gather();
    let family = families.iter().find(|family| family.name() == name);
    format!("{:?}", family.unwrap())
}

#[tokio::test]
async fn a_server_that_never_answers_is_unavailable_in_time() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Settings {
        connect_timeout: Duration::from_millis(300),
        ..Settings::new(format!("postgres://quest@{}/db", silent.local_addr().unwrap()))
    };
    let asked = tokio::time::timeout(Duration::from_secs(10), async {
        Pool::new(&settings).unwrap().get().await.err()
    });
    assert!(matches!(asked.await, Ok(Some(Error::Unavailable(_)))));
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_unavailable() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 1);
    let mut conn = pool.get().await.unwrap();
    let started = Instant::now();
    let slow = conn.batch_execute("SELECT pg_sleep(10)").await;
    assert!(matches!(Error::from(slow.unwrap_err()), Error::Unavailable(_)));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(number(&mut conn, "SELECT 1::bigint AS n").await.unwrap(), 1);
}

#[tokio::test]
async fn a_row_that_others_hold_for_too_long_is_unavailable() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 2);
    insert(&mut pool.get().await.unwrap(), "held").await.unwrap();
    let lock = "SELECT FROM things FOR UPDATE";
    let waited: Result<(), Error> = pg::transaction(&pool, async |holder| {
        holder.batch_execute(lock).await?;
        let mut other = pool.get().await?;
        other.batch_execute("SET lock_timeout = '100ms'").await?;
        Ok(other.batch_execute(lock).await?)
    })
    .await;
    assert!(matches!(waited, Err(Error::Unavailable(_))), "{waited:?}");
}

#[tokio::test]
async fn a_refused_query_is_no_outage_and_names_its_constraint() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 1);
    let mut conn = pool.get().await.unwrap();
    insert(&mut conn, "one").await.unwrap();
    let again = insert(&mut conn, "one").await.unwrap_err();
    assert_eq!(again.violated_constraint(), Some("things_name_key"));
    let broken = conn.batch_execute("SELECT nonsense").await.unwrap_err();
    let broken = Error::from(broken);
    assert!(matches!(broken, Error::Query(_)));
    assert_eq!(broken.violated_constraint(), None);
}

#[tokio::test]
async fn a_transaction_commits_on_ok_and_rolls_back_on_err() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 1);
    let kept: Result<_, Error> = pg::transaction(&pool, async |conn| {
        insert(conn, "kept").await?;
        Ok("answer")
    })
    .await;
    assert_eq!(kept.unwrap(), "answer");

    let undone: Result<(), Error> = pg::transaction(&pool, async |conn| {
        insert(conn, "undone").await?;
        insert(conn, "kept").await
    })
    .await;
    assert_eq!(undone.unwrap_err().violated_constraint(), Some("things_name_key"));
    assert_eq!(things(&pool).await, 1);
}

#[tokio::test]
async fn an_error_swallowed_inside_a_transaction_is_no_success() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 1);
    insert(&mut pool.get().await.unwrap(), "there").await.unwrap();
    let swallowed: Result<(), Error> = pg::transaction(&pool, async |conn| {
        insert(conn, "lost without a word").await?;
        let _ = insert(conn, "there").await;
        Ok(())
    })
    .await;
    assert!(matches!(swallowed, Err(Error::Query(_))), "{swallowed:?}");
    assert_eq!(things(&pool).await, 1);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_in_the_pool() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = pool_of(&database, 1);
    let mut transaction = Box::pin(pg::transaction(&pool, async |conn| {
        insert(conn, "half").await?;
        std::future::pending::<()>().await;
        Ok::<_, Error>(())
    }));
    let given_up = tokio::time::timeout(Duration::from_millis(300), &mut transaction).await;
    assert!(given_up.is_err());
    drop(transaction);

    // On a connection inside the transaction both would see the row.
    assert_eq!(things(&pool).await, 0);
    insert(&mut pool.get().await.unwrap(), "whole").await.unwrap();
    assert_eq!(things(&pool).await, 1);
}

#[tokio::test]
async fn a_dropped_statement_holds_nobody_up() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let settings = Settings { max_connections: 1, ..Settings::new(database.app_url("quest")) };
    let pool = Pool::new(&settings).unwrap();
    let mut conn = pool.get().await.unwrap();
    {
        let mut slow = std::pin::pin!(conn.batch_execute("SELECT pg_sleep(4.5)"));
        let polled = slow.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    drop(conn);
    let started = Instant::now();
    assert_eq!(things(&pool).await, 0);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}
