//! Reads that share connections: each gets its own answer, and what is lost is opened anew.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use pg::{Connection, Error, Pool, Settings};
use testkit::Database;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    n: i32,
}

async fn number(pool: &Pool, query: &str) -> Result<i32, Error> {
    let query = diesel::sql_query(query);
    let read = pool.read(async |mut conn: &Connection| query.get_result::<Number>(&mut conn).await);
    Ok(read.await?.n)
}

fn pool_of(url: String) -> Pool {
    let statement_timeout = Duration::from_millis(500);
    Pool::new(&Settings { statement_timeout, ..Settings::new(url) }).unwrap()
}

#[tokio::test]
async fn a_hundred_reads_share_two_connections_and_mix_up_nothing() {
    let database = Database::create(&[]).await;
    let pool = pool_of(database.app_url("quest"));
    let queries: Vec<_> = (0..100).map(|n| format!("SELECT {n} AS n, pg_sleep(0.001)")).collect();
    let answers = join_all(queries.iter().map(|query| number(&pool, query))).await;
    let answers: Vec<i32> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, (0..100).collect::<Vec<_>>());

    let who = join_all((0..100).map(|_| number(&pool, "SELECT pg_backend_pid() AS n"))).await;
    let who: BTreeSet<i32> = who.into_iter().map(Result::unwrap).collect();
    assert_eq!(who.len(), 2);
}

#[tokio::test]
async fn few_reads_travel_together() {
    let database = Database::create(&[]).await;
    let pool = pool_of(database.app_url("quest"));
    assert_eq!(number(&pool, "SELECT 1 AS n").await.unwrap(), 1);
    for _ in 0..10 {
        let who = join_all((0..8).map(|_| number(&pool, "SELECT pg_backend_pid() AS n"))).await;
        let who: BTreeSet<i32> = who.into_iter().map(Result::unwrap).collect();
        assert_eq!(who.len(), 1);
    }
}

#[tokio::test]
async fn a_read_that_is_given_up_disturbs_nobody() {
    let database = Database::create(&[]).await;
    let pool = pool_of(database.app_url("quest"));
    for n in 0..20 {
        let given_up = number(&pool, "SELECT 0 AS n, pg_sleep(0.05)");
        let _ = tokio::time::timeout(Duration::from_millis(10), given_up).await;
        assert_eq!(number(&pool, &format!("SELECT {n} AS n")).await.unwrap(), n);
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_unavailable() {
    let database = Database::create(&[]).await;
    let pool = pool_of(database.app_url("quest"));
    let slow = number(&pool, "SELECT 1 AS n, pg_sleep(60)").await;
    assert!(matches!(slow, Err(Error::Unavailable(_))));
    assert_eq!(number(&pool, "SELECT 1 AS n").await.unwrap(), 1);
}

#[tokio::test]
async fn a_stopped_server_is_unavailable_at_once_and_comes_back_by_itself() {
    let cluster = testkit::cluster();
    let database = cluster.database(&[]).await;
    let pool = pool_of(database.app_url("quest"));
    assert_eq!(number(&pool, "SELECT 1 AS n").await.unwrap(), 1);

    cluster.stop().unwrap();
    for _ in 0..6 {
        let started = Instant::now();
        let refused = number(&pool, "SELECT 1 AS n").await;
        assert!(matches!(refused, Err(Error::Unavailable(_))));
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }

    cluster.start().unwrap();
    for n in 0..6 {
        assert_eq!(number(&pool, &format!("SELECT {n} AS n")).await.unwrap(), n);
    }
}

/// The kernel of the other side acknowledges, and nobody answers: the socket alone never tells.
#[tokio::test]
async fn a_connection_that_falls_silent_is_replaced() {
    let database = Database::create(&[]).await;
    let server = url::Url::parse(&database.app_url("quest")).unwrap();
    let upstream = (server.host_str().unwrap().to_owned(), server.port().unwrap());
    let between = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut url = server.clone();
    url.set_port(Some(between.local_addr().unwrap().port())).unwrap();
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let relay = tokio::spawn(async move {
        let mut silenced = Vec::new();
        loop {
            let (mut client, _) = between.accept().await.unwrap();
            let mut server = TcpStream::connect(&upstream).await.unwrap();
            let lives_for = match counted.fetch_add(1, Ordering::SeqCst) {
                0 => Duration::from_millis(300),
                _ => Duration::from_secs(60),
            };
            silenced.push(tokio::spawn(async move {
                let talk = copy_bidirectional(&mut client, &mut server);
                let _ = tokio::time::timeout(lives_for, talk).await;
                // Open, and silent.
                std::future::pending::<()>().await;
                drop((client, server));
            }));
        }
    });

    let pool = pool_of(url.into());
    assert_eq!(number(&pool, "SELECT 1 AS n").await.unwrap(), 1);
    tokio::time::sleep(Duration::from_millis(400)).await;
    for lost in join_all((0..4).map(|_| number(&pool, "SELECT 1 AS n"))).await {
        assert!(matches!(lost, Err(Error::Unavailable(_))));
    }
    for _ in 0..4 {
        assert_eq!(number(&pool, "SELECT 1 AS n").await.unwrap(), 1);
    }
    assert_eq!(AtomicUsize::load(&opened, Ordering::SeqCst), 2);
    relay.abort();
}
