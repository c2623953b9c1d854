//! A database for each test.

#![expect(
    clippy::expect_used,
    reason = "a helper of tests; clippy lets only test functions through"
)]

use diesel_async::SimpleAsyncConnection;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use pg::{Connector, Settings};
use testkit::Database;

const FIRST: EmbeddedMigrations = embed_migrations!("tests/migrations/first");
const SECOND: EmbeddedMigrations = embed_migrations!("tests/migrations/second");

#[tokio::test]
async fn databases_share_nothing_and_end_with_their_test() {
    let one = Database::create(&[("quest", FIRST)]).await;
    let two = Database::create(&[("quest", FIRST)]).await;
    run(&one.app_url("quest"), "INSERT INTO first_notes VALUES ('in one')").await.unwrap();
    run(&two.app_url("quest"), "SELECT 1 / (SELECT 1 - count(*) FROM first_notes)").await.unwrap();
    let (url, pool) = (one.admin_url(), one.pool("quest"));
    let _open = pool.get().await.unwrap();
    run(&url, "SELECT 1").await.unwrap();
    drop(one);
    assert!(run(&url, "SELECT 1").await.is_err());
}

#[tokio::test]
async fn an_edited_migration_is_never_mistaken_for_its_older_self() {
    let first = Database::create(&[("quest", FIRST)]).await;
    run(&first.app_url("quest"), "SELECT FROM first_notes").await.unwrap();
    let second = Database::create(&[("quest", SECOND)]).await;
    run(&second.app_url("quest"), "SELECT FROM second_notes").await.unwrap();
}

#[tokio::test]
async fn many_tests_can_begin_at_once() {
    let all = (0..8).map(|_| tokio::spawn(Database::create(&[("auth", SECOND)])));
    for database in all.collect::<Vec<_>>() {
        let database = database.await.unwrap();
        run(&database.app_url("auth"), "SELECT FROM second_notes").await.unwrap();
    }
}

async fn run(url: &str, statement: &str) -> Result<(), pg::Error> {
    let connector = Connector::new(&Settings::new(url)).expect("a good URL");
    Ok(connector.connect().await?.batch_execute(statement).await?)
}
