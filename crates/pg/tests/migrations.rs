//! The migration runner and the set-up.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

use diesel_async::SimpleAsyncConnection;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use pg::{Connector, Settings, SetupError};
use testkit::Database;

const QUEST: EmbeddedMigrations = embed_migrations!("tests/migrations/quest");

#[tokio::test]
async fn migrations_run_once_however_many_start_them() {
    let database = Database::create(&[]).await;
    let url = database.owner_url("quest");
    let runs = (0..4).map(|_| pg::migrate(&url, QUEST));
    let mut applied = futures_util::future::try_join_all(runs).await.unwrap();
    applied.sort();
    assert_eq!(applied, [vec![], vec![], vec![], vec!["20260101000000".to_owned()]]);
}

#[tokio::test]
async fn migrations_can_be_taken_back_and_run_again() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let url = database.owner_url("quest");
    assert_eq!(pg::revert(&url, QUEST).await.unwrap(), ["20260101000000"]);
    assert!(run(&database.app_url("quest"), "SELECT FROM things").await.is_err());
    assert_eq!(pg::migrate(&url, QUEST).await.unwrap(), ["20260101000000"]);
    run(&database.app_url("quest"), "SELECT FROM things").await.unwrap();
}

#[tokio::test]
async fn a_migration_needs_its_owner() {
    let database = Database::create(&[]).await;
    let refused = pg::migrate(&database.app_url("quest"), QUEST).await;
    assert!(matches!(refused, Err(SetupError::Migration(_))), "{refused:?}");
}

#[tokio::test]
async fn set_up_makes_the_database_and_sets_given_passwords_only() {
    let cluster = testkit::cluster();
    let admin_url = cluster.admin_url("damacorch").unwrap();
    let password = |role: &str| (role == "quest_app").then(|| "päss wörd".into());
    pg::setup(&admin_url, password).await.unwrap();
    pg::setup(&admin_url, |_| None).await.unwrap();

    let sign_in = |role: &str, password: &str| {
        let mut url = url::Url::parse(&admin_url).unwrap();
        url.set_username(role).and_then(|()| url.set_password(Some(password))).unwrap();
        String::from(url)
    };
    run(&sign_in("quest_app", "päss wörd"), "SELECT 1").await.unwrap();
    assert!(run(&sign_in("quest_app", "quest_app"), "SELECT 1").await.is_err());
    assert!(run(&sign_in("auth_app", "päss wörd"), "SELECT 1").await.is_err());
}

#[tokio::test]
async fn several_databases_of_one_cluster_can_be_set_up_at_once() {
    let cluster = testkit::cluster();
    let urls: Vec<String> =
        (0..6).map(|n| cluster.admin_url(&format!("database_{n}")).unwrap()).collect();
    let set_ups = urls.iter().map(|url| pg::setup(url, |role| Some(role.into())));
    futures_util::future::try_join_all(set_ups).await.unwrap();
}

async fn run(url: &str, statement: &str) -> Result<(), pg::Error> {
    let connector = Connector::new(&Settings::new(url)).unwrap();
    Ok(connector.connect().await?.batch_execute(statement).await?)
}
