//! Signing in: whose password is right, and what is told of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use auth::Auth;
use chassis::Service;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use serde_json::{Value, json};

use crate::{execute, log_in, sign_up, somebody, somebody_with, start};

#[tokio::test]
async fn a_member_signs_in_without_case() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let body = json!({"email": "Minji@Example.COM", "password": "correct horse battery"});
    let answer = auth.as_stranger().post("/api/auth/login", body).await.expect(200);
    assert_eq!(answer["user"]["id"], member.id.to_string());
    let sessions = auth.as_member(member.id).get("/api/auth/sessions").await.expect(200);
    assert_eq!(sessions["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn wrong_unknown_and_locked_look_alike() {
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    let log_in = async |email: &str, password: &str| log_in(&auth, email, password).await;
    let alike = |answer: testkit::Answer| {
        answer.expect_problem(401, "wrong-credentials");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        body
    };
    let wrong = alike(log_in("minji@example.com", "wrong password").await);
    let unknown = alike(log_in("nobody@example.com", "wrong password").await);
    assert_eq!(wrong, unknown);

    for _ in 0..9 {
        alike(log_in("minji@example.com", "wrong password").await);
    }
    let locked = alike(log_in("minji@example.com", "correct horse battery").await);
    assert_eq!(locked, wrong);

    auth.clock.advance(jiff::SignedDuration::from_mins(16));
    log_in("minji@example.com", "correct horse battery").await.expect(200);
}

#[tokio::test]
async fn wrong_unknown_and_locked_take_the_same_time() {
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    sign_up(&auth, somebody_with("email", json!("locked@example.com"))).await;
    for _ in 0..10 {
        log_in(&auth, "locked@example.com", "wrong password").await.expect(401);
    }
    // The quickest of several: whatever else the machine does only adds to it, and in time falls away. Who is not compared
    // with a hash is answered in a fraction of the time.
    let mut quickest = BTreeMap::new();
    for _ in 0..50 {
        for who in ["minji", "nobody", "locked"] {
            let began = Instant::now();
            let email = format!("{who}@example.com");
            log_in(&auth, &email, "wrong password").await.expect(401);
            let took = quickest.entry(who).or_insert(Duration::MAX);
            *took = began.elapsed().min(*took);
        }
        let (least, most) = (quickest.values().min(), quickest.values().max());
        if *most.unwrap() < *least.unwrap() * 2 {
            return;
        }
    }
    panic!("{quickest:?}");
}

#[tokio::test]
async fn another_spelling_of_an_address_is_no_way_round_the_lock() {
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    for _ in 0..10 {
        log_in(&auth, "minji@example.com", "wrong password").await.expect(401);
    }
    // PostgreSQL's lower case of this İ is i, Unicode's is i and a dot.
    for email in ["MINJI@example.com", "m\u{130}nji@example.com"] {
        log_in(&auth, email, "correct horse battery").await.expect(401);
    }
}

#[tokio::test]
async fn what_changes_while_a_sign_in_hashes_is_seen() {
    for change in [
        "UPDATE users SET password_hash = 'another'",
        "DELETE FROM users",
        // Others guess at the same time: all were let in before the first of them had failed.
        "INSERT INTO login_failures VALUES (sha256('minji@example.com'), 10, now())",
    ] {
        let auth = start().await;
        sign_up(&auth, somebody()).await;
        // From now on the statements are prepared: each takes its lock once.
        log_in(&auth, "minji@example.com", "correct horse battery").await.expect(200);
        // One that is about to be replaced: that must not undo a change.
        let django = "UPDATE users SET password_hash =
            'pbkdf2_sha256$1000$seasalt$DrdiWD40lyBuydnjvZiDrdQMx1S1mOA9O0QYex0R6ww='";
        execute(&auth, django).await;
        let pool = auth.database.pool(Auth::NAME);
        let waits = async |statement: &str| {
            let waiting = sql::<BigInt>(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ",
            );
            let waiting = waiting.bind::<Text, _>(format!("{statement}%"));
            let mut conn = pool.get().await.unwrap();
            while waiting.clone().get_result::<i64>(&mut conn).await.unwrap() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // Who signs in is read, and then how often they failed: the change stands in line right behind that.
        const LOCK: &str = "BEGIN; LOCK TABLE login_failures";
        let mut before = pool.get().await.unwrap();
        before.batch_execute(LOCK).await.unwrap();
        let member = log_in(&auth, "minji@example.com", "correct horse battery");
        let change = async {
            waits("SELECT").await;
            let mut behind = pool.get().await.unwrap();
            let change = format!("{LOCK}; {change}; COMMIT");
            let release = async {
                waits(LOCK).await;
                before.batch_execute("COMMIT").await.unwrap();
            };
            let (changed, ()) = tokio::join!(behind.batch_execute(&change), release);
            changed.unwrap();
        };
        let (answer, ()) = tokio::join!(member, change);
        answer.expect_problem(401, "wrong-credentials");
        let renewed = "SELECT FROM users WHERE password_hash LIKE '$argon2id$%'";
        assert_eq!(execute(&auth, renewed).await, 0);
    }
}
