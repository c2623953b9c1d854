//! The role test of the architecture: every role, logged in, is refused everything that belongs to another.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use testkit::Database;

const AUTH: EmbeddedMigrations = embed_migrations!("tests/migrations/auth");
const QUEST: EmbeddedMigrations = embed_migrations!("tests/migrations/quest");

#[tokio::test]
async fn no_role_reaches_what_belongs_to_another() {
    let database = Database::create(&[("auth", AUTH), ("quest", QUEST)]).await;
    testkit::assert_isolated(&database).await;
}

#[tokio::test]
async fn every_opened_door_is_found() {
    let doors = [
        ("GRANT USAGE ON SCHEMA auth TO quest_owner", "quest_owner: may use schema auth"),
        ("GRANT SELECT ON auth.things TO quest_app", "quest_app: has a right on auth.things"),
        (
            "GRANT SELECT (name) ON auth.things TO analysis_app",
            "analysis_app: has a right on auth.things",
        ),
        (
            "GRANT USAGE ON SEQUENCE auth.things_id_seq TO public",
            "has a right on auth.things_id_seq",
        ),
        ("GRANT CREATE ON SCHEMA quest TO catalog_app", "catalog_app: may create in schema quest"),
        (
            "GRANT EXECUTE ON FUNCTION quest.first_thing() TO auth_app",
            "auth_app: may call quest.first_thing()",
        ),
        ("GRANT CREATE ON SCHEMA quest TO quest_app", "quest_app: CREATE TABLE quest.another"),
        ("GRANT TRUNCATE ON quest.things TO quest_app", "quest_app: TRUNCATE quest.things"),
        ("GRANT UPDATE ON events.log TO quest_app", "quest_app: UPDATE events.log"),
        (
            "CREATE POLICY open ON events.log USING (true)",
            "auth_app: sees 1 events quest.completed",
        ),
        ("CREATE POLICY open ON events.inbox USING (true)", "rows of others in events.inbox"),
        ("REVOKE SELECT ON quest.things FROM quest_app", "SELECT FROM quest.things: not allowed"),
    ];
    let database = Database::create(&[("auth", AUTH), ("quest", QUEST)]).await;
    for (door, _) in doors {
        open(&database, door).await;
    }
    let message = failure_of(database).await;
    for (door, finding) in doors {
        assert!(message.contains(finding), "{door} was not found, but:\n{message}");
    }
}

async fn open(database: &Database, door: &str) {
    use diesel_async::SimpleAsyncConnection;
    let connector = pg::Connector::new(&pg::Settings::new(database.admin_url())).unwrap();
    connector.connect().await.unwrap().batch_execute(door).await.unwrap();
}

/// The message with which the assertion fails; empty when it does not.
async fn failure_of(database: Database) -> String {
    match tokio::spawn(async move { testkit::assert_isolated(&database).await }).await {
        Ok(()) => String::new(),
        Err(failed) => *failed.into_panic().downcast::<String>().unwrap(),
    }
}
