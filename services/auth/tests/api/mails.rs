//! The outbox: letters that wait for the post.

use std::time::Duration;

use chassis::Clock;
use jiff::SignedDuration;
use serde_json::json;

use crate::post::{Folder, Server};
use crate::{
    AuthService, TABLES, config, config_of, execute, sign_up, somebody, somebody_with, start_with,
};

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

async fn rows(auth: &AuthService, which: &str) -> usize {
    execute(auth, &format!("SELECT FROM mail_tokens WHERE {which}")).await
}

async fn by_smtp(url: &str) -> AuthService {
    start_with([("SMTP_URL", url), ("MAIL_FROM", "damacorch <no-reply@example.org>")]).await
}

#[tokio::test]
async fn a_letter_waits_for_a_server_that_is_away() {
    let address = Server::start("250 well").await.address;
    let away = std::net::SocketAddr::new([127, 0, 0, 2].into(), address.port());
    let auth = by_smtp(&format!("smtp://{away}")).await;
    sign_up(&auth, somebody()).await;
    until("it was tried", async || rows(&auth, "attempts = 1").await == 1).await;
    auth.clock.advance(SignedDuration::from_secs(61));
    until("it was tried again", async || rows(&auth, "attempts = 2").await == 1).await;

    let server = Server::start_at(away, "250 well").await;
    auth.clock.advance(SignedDuration::from_secs(61));
    until("it has come", async || server.mails().len() == 1).await;
    let mail = &server.mails()[0];
    assert!(
        mail.contains("From: damacorch <no-reply@example.org>\nTo: minji@example.com\n"),
        "{mail}"
    );
    until("it is noted", async || rows(&auth, "due_at IS NULL").await == 1).await;
    auth.clock.advance(SignedDuration::from_hours(1));
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(server.mails().len(), 1, "it is sent once");
}

#[tokio::test]
async fn a_server_that_wants_it_later_gets_it_later_until_the_token_has_run_out() {
    let server = Server::start("451 <minji@example.com> later").await;
    let auth = by_smtp(&server.url()).await;
    sign_up(&auth, somebody()).await;
    until("it was refused", async || rows(&auth, "attempts = 1").await == 1).await;
    auth.clock.advance(SignedDuration::from_hours(73));
    until("it is given up", async || rows(&auth, "true").await == 0).await;

    sign_up(&auth, somebody_with("email", json!("other@example.com"))).await;
    until("it was refused", async || rows(&auth, "attempts = 1").await == 1).await;
    server.say("250 well");
    auth.clock.advance(SignedDuration::from_secs(61));
    until("it has come", async || server.mails().len() == 1).await;
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_given_up_at_once() {
    let server = Server::start("550 <minji@example.com> who?").await;
    let auth = by_smtp(&server.url()).await;
    sign_up(&auth, somebody()).await;
    until("it is given up", async || rows(&auth, "true").await == 0).await;
    let metrics = auth.as_stranger().get("/metrics").await;
    let metrics = String::from_utf8(metrics.body).unwrap();
    let counted = r#"auth_mails_total{outcome="given_up",purpose="email_verification"} "#;
    let times = metrics.lines().find_map(|line| line.strip_prefix(counted));
    assert!(times.is_some_and(|times| times != "0"), "{metrics}");
    server.say("250 well");
    sign_up(&auth, somebody_with("email", json!("other@example.com"))).await;
    until("the next one has come", async || server.mails().len() == 1).await;
}

/// Members whose letters are due in so many seconds.
async fn with_letters(members: usize, due_in: i64) -> testkit::Database {
    use diesel_async::RunQueryDsl;
    let database = testkit::Database::create(TABLES).await;
    let mut conn = database.pool("auth").get().await.unwrap();
    let users = "INSERT INTO users (sub, email, name, locale, time_zone, created_at, updated_at)
         SELECT gen_random_uuid(), n || '@example.com', 'x', 'ko', 'UTC', now(), now()
         FROM generate_series(1, $1) n";
    let letters = "INSERT INTO mail_tokens (id, user_id, purpose, expires_at, due_at)
         SELECT gen_random_uuid(), sub, 'email_verification', now() + interval '1 hour',
                now() + $1 * interval '1 second' FROM users";
    for (rows, number) in [(users, members as i64), (letters, due_in)] {
        let insert = diesel::sql_query(rows).bind::<diesel::sql_types::BigInt, _>(number);
        insert.execute(&mut conn).await.unwrap();
    }
    database
}

#[tokio::test]
async fn what_somebody_took_who_then_died_is_sent_when_their_time_is_over() {
    let (folder, clock) = (Folder::new(), Clock::fixed(Clock::system().now()));
    let database = with_letters(1, 50).await;
    let settings = config([("MAIL_FOLDER", folder.path())]);
    let auth = AuthService::start_at(database, clock, settings).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(folder.letters().len(), 0);
    auth.clock.advance(SignedDuration::from_secs(60));
    folder.token("1@example.com", "verify-email", 1).await;
}

#[tokio::test]
async fn two_replicas_send_each_letter_once() {
    let server = Server::start("250 well").await;
    let settings =
        [("SMTP_URL", &*server.url()), ("MAIL_FROM", "damacorch <no-reply@example.org>")];
    let database = with_letters(200, 0).await;
    let auth = AuthService::start_at(database, Clock::system(), config(settings)).await;
    let replica = crate::replica(&auth, settings).await;
    until("all have come", async || rows(&auth, "due_at IS NULL").await == 200).await;
    let mut recipients: Vec<String> = server
        .mails()
        .iter()
        .flat_map(|mail| mail.lines().find(|line| line.starts_with("To: ")).map(str::to_owned))
        .collect();
    assert_eq!(recipients.len(), 200);
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 200);
    replica.abort();
}

#[tokio::test]
async fn what_somebody_takes_at_the_moment_is_passed_over() {
    use diesel_async::SimpleAsyncConnection;

    let (folder, database) = (Folder::new(), with_letters(3, 0).await);
    let mut conn = database.pool("auth").get().await.unwrap();
    let take = "BEGIN; SELECT FROM mail_tokens ORDER BY id LIMIT 1 FOR UPDATE";
    conn.batch_execute(take).await.unwrap();
    let settings = config([("MAIL_FOLDER", folder.path())]);
    let auth = AuthService::start_at(database, Clock::system(), settings).await;
    until("the others have come", async || rows(&auth, "due_at IS NULL").await == 2).await;
    conn.batch_execute("COMMIT").await.unwrap();
    until("it has come as well", async || folder.letters().len() == 3).await;
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_named() {
    let folder = Folder::new();
    for (settings, named) in [
        (vec![("SMTP_URL", "smtp://localhost"), ("MAIL_FOLDER", folder.path())], "MAIL_FOLDER"),
        (vec![("SMTP_URL", "smtp://localhost")], "MAIL_FROM"),
        (vec![("SMTP_URL", "localhost:25:secret"), ("MAIL_FROM", "a@example.org")], "SMTP_URL"),
        (vec![("MAIL_FOLDER", folder.path()), ("MAIL_FROM", "nobody")], "MAIL_FROM"),
    ] {
        let database = testkit::Database::create(TABLES).await;
        let started = crate::serve(&database, config_of(settings)).await;
        let error = started.err().unwrap().to_string();
        assert!(error.contains(named) && !error.contains("secret"), "{error}");
    }
}
