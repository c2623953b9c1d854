//! The platform on what a backup held, in another PostgreSQL, whose transactions have lower numbers.

use std::fs;
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use testkit::Database;

use crate::platform::{Platform, TABLES, query};
use crate::{Member, sign_up, take_test, until};

#[tokio::test]
async fn nothing_is_missing_and_events_go_on() {
    let key = identity::keys::SigningKey::generate_pem().unwrap();
    let told = [("JWT_SECRET", key.expose_secret())];
    let folder = std::env::temp_dir().join(format!("damacorch-backup-{}", std::process::id()));
    let first = Database::create(TABLES).await;
    run_ahead(&first).await;

    // One member of whom everybody knows; of another one quest is still to be told.
    let mut platform = Platform::start_told(first, &told).await;
    let known = sign_up(&platform, "known").await;
    take_test_and_be_known(&platform, &known).await;
    complete_a_quest(&platform, &known).await;
    let before = reads(&platform, &known).await;
    platform.stop("quest").await;
    let untold = sign_up(&platform, "untold").await;
    let result = take_test(&platform, &untold).await;

    let saved = setup::save(&platform.database.admin_url(), &folder).await.unwrap();
    let last = platform.query("SELECT max(fence)::text AS found FROM events.log").await;
    drop(platform);

    let server = testkit::cluster();
    let second = server.named("damacorch");
    let password_of = |role: &str| Some(SecretString::from(role));
    let restored = setup::restore(&second.admin_url(), password_of, &folder).await.unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(restored, saved);
    assert_eq!((saved.tables["auth.users"].rows, saved.tables["quest.user_quests"].rows), (2, 3));
    let next = query(&second, "SELECT pg_current_xact_id()::text AS found").await;
    let number = |found: &[String]| found[0].parse::<i64>().unwrap();
    assert!(number(&next) < number(&last), "{next:?} {last:?}: nothing would be proved");

    // Tokens hold, the known member reads what they read, the other is told of at last, and a third one follows.
    let platform = Platform::start_told(second, &told).await;
    assert_eq!(reads(&platform, &known).await, before);
    until_known(&platform, &untold, &result).await;
    complete_a_quest(&platform, &untold).await;
    let new = sign_up(&platform, "new").await;
    take_test_and_be_known(&platform, &new).await;
    // Each event before the backup stands before each that came after, so none was read again.
    let brought = "SELECT count(*)::text AS found FROM events.log WHERE fence <= 0";
    assert_eq!(number(&platform.query(brought).await), saved.tables["events.log"].rows);
}

async fn take_test_and_be_known(platform: &Platform, member: &Member) {
    let result = take_test(platform, member).await;
    until_known(platform, member, &result).await;
}

/// Until quest knows a member's character.
async fn until_known(platform: &Platform, member: &Member, result: &Value) {
    until(async || {
        let home = platform.get("/api/home", Some(&member.token)).await.expect(200);
        (home["character"]["key"] == result["character_key"]).then_some(())
    })
    .await;
}

async fn complete_a_quest(platform: &Platform, member: &Member) {
    let token = Some(member.token.as_str());
    let quests = platform.get("/api/quests", token).await.expect(200);
    let path = format!("/api/quests/{}/complete", quests["quests"][0]["id"].as_str().unwrap());
    platform.post(&path, token, json!({})).await.expect(200);
}

/// What a member reads of themselves.
async fn reads(platform: &Platform, member: &Member) -> Vec<Value> {
    let mut read = Vec::new();
    for path in ["/api/auth/me", "/api/analysis-results", "/api/home", "/api/quest-history"] {
        read.push(platform.get(path, Some(&member.token)).await.expect(200));
    }
    read
}

/// Spends more transactions than another server has made by then.
async fn run_ahead(database: &Database) {
    let settings = pg::Settings::new(database.admin_url());
    let settings = pg::Settings { statement_timeout: Duration::ZERO, ..settings };
    let mut conn = pg::Connector::new(&settings).unwrap().connect().await.unwrap();
    let spend = "DO $$ BEGIN \
        FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";
    conn.batch_execute(spend).await.unwrap();
}
