//! Staying signed in, and ending it.

use std::collections::BTreeSet;

use chassis::Clock;
use diesel_async::RunQueryDsl;
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use crate::{
    AuthService, TABLES, config, execute, log_in, member, sign_up, somebody, somebody_with, start,
};

async fn refresh(auth: &AuthService, token: &str) -> testkit::Answer {
    let body = json!({"refresh_token": token});
    auth.as_stranger().post("/api/auth/refresh", body).await
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_its_successor() {
    let auth = start().await;
    let signed_up = sign_up(&auth, somebody()).await;
    let refreshed = member(&refresh(&auth, &signed_up.refresh_token).await.expect(200));
    assert_eq!(refreshed.session_id, signed_up.session_id);
    assert_ne!(refreshed.refresh_token, signed_up.refresh_token);
    refresh(&auth, &refreshed.refresh_token).await.expect(200);
}

#[tokio::test]
async fn parallel_refreshes_of_one_token_find_one_successor() {
    let auth = start().await;
    let signed_up = sign_up(&auth, somebody()).await;
    let all = (0..50).map(|_| refresh(&auth, &signed_up.refresh_token));
    let answers = futures_util::future::join_all(all).await;
    let successors: BTreeSet<_> =
        answers.iter().map(|answer| member(&answer.expect(200)).refresh_token).collect();
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn a_replay_after_the_grace_ends_the_family() {
    let auth = start().await;
    let signed_up = sign_up(&auth, somebody()).await;
    let second = member(&refresh(&auth, &signed_up.refresh_token).await.expect(200));
    auth.clock.advance(SignedDuration::from_secs(31));
    let replay = refresh(&auth, &signed_up.refresh_token).await;
    replay.expect_problem(401, "refresh-refused");
    let heir = refresh(&auth, &second.refresh_token).await;
    heir.expect_problem(401, "refresh-refused");
    let revoked = auth.as_service("gateway").get("/int/auth/revocations").await.expect(200);
    assert_eq!(revoked["items"][0]["sid"], signed_up.session_id.to_string());
    let recorded = format!(
        "SELECT FROM audit_log WHERE action = 'session.replayed' AND subject = '{}'
         AND detail->>'session_id' = '{}'",
        signed_up.id, signed_up.session_id
    );
    assert_eq!(execute(&auth, &recorded).await, 1, "an operator finds it");
}

#[tokio::test]
async fn a_session_that_is_not_used_runs_out() {
    let auth = start().await;
    let signed_up = sign_up(&auth, somebody()).await;
    auth.clock.advance(SignedDuration::from_hours(30 * 24));
    refresh(&auth, &signed_up.refresh_token).await.expect_problem(401, "refresh-refused");
}

#[tokio::test]
async fn other_tokens_are_no_refresh_tokens() {
    let auth = start().await;
    let signed_up = sign_up(&auth, somebody()).await;
    for token in [signed_up.access_token.as_str(), "", "nonsense", "' OR 1=1 --"] {
        let answer = refresh(&auth, token).await;
        answer.expect_problem(401, "refresh-refused");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    let body = json!({"refresh_token": 7});
    let answer = auth.as_stranger().post("/api/auth/refresh", body).await;
    assert_eq!(answer.expect_problem(400, "malformed-body"), ["/refresh_token"]);
}

#[tokio::test]
async fn signing_out_ends_this_session() {
    let auth = start().await;
    let signed_up = sign_up(&auth, somebody()).await;
    let me = auth.as_session(signed_up.id, signed_up.session_id);
    let request = me.request(reqwest::Method::POST, "/api/auth/logout");
    testkit::Answer::of(request).await.expect(204);
    refresh(&auth, &signed_up.refresh_token).await.expect_problem(401, "refresh-refused");
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_sessions() {
    let auth = start().await;
    let first = sign_up(&auth, somebody()).await;
    let body = json!({"email": "minji@example.com", "password": "correct horse battery"});
    let second = member(&auth.as_stranger().post("/api/auth/login", body).await.expect(200));
    let me = auth.as_session(first.id, first.session_id);
    me.post("/api/auth/logout", json!({"everywhere": true})).await.expect(204);
    for token in [first.refresh_token, second.refresh_token] {
        refresh(&auth, &token).await.expect_problem(401, "refresh-refused");
    }
}

#[tokio::test]
async fn a_member_sees_and_ends_their_sessions_and_nobody_elses() {
    let auth = start().await;
    let mine = sign_up(&auth, somebody()).await;
    let other = sign_up(&auth, somebody_with("email", json!("other@example.com"))).await;
    let me = auth.as_session(mine.id, mine.session_id);

    let sessions = me.get("/api/auth/sessions").await.expect(200);
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    assert_eq!(sessions["items"][0]["id"], mine.session_id.to_string());
    assert_eq!(sessions["items"][0]["current"], true);

    let theirs = format!("/api/auth/sessions/{}", other.session_id);
    me.delete(&theirs).await.expect_problem(404, "not-found");
    me.delete(&format!("/api/auth/sessions/{}", Uuid::now_v7())).await.expect(404);
    me.delete("/api/auth/sessions/nonsense").await.expect(404);
    refresh(&auth, &other.refresh_token).await.expect(200);

    me.delete(&format!("/api/auth/sessions/{}", mine.session_id)).await.expect(204);
    refresh(&auth, &mine.refresh_token).await.expect(401);
}

#[tokio::test]
async fn a_token_says_whose_it_is() {
    let auth = start().await;
    let signed_up = sign_up(&auth, somebody()).await;
    let body = auth.as_admin(signed_up.id).get("/api/auth/check").await.expect(200);
    assert_eq!(body["user_id"], signed_up.id.to_string());
    assert_eq!(body["roles"], json!(["admin"]));
    assert!(body["expires_at"].is_string());
}

#[tokio::test]
async fn a_sign_in_beyond_a_hundred_ends_the_session_that_was_idle_for_longest() {
    let auth = start().await;
    let mine = sign_up(&auth, somebody()).await;
    let other = sign_up(&auth, somebody_with("email", json!("other@example.com"))).await;
    let idle = format!(
        "INSERT INTO sessions (id, user_id, generation, created_at, rotated_at, expires_at)
         SELECT gen_random_uuid(), user_id, 1, created_at, rotated_at - n * interval '1 hour', expires_at
         FROM sessions, generate_series(1, 99) n WHERE id = '{}'",
        mine.session_id
    );
    assert_eq!(execute(&auth, &idle).await, 99);
    let of_mine = async |which: &str| {
        execute(&auth, &format!("SELECT FROM sessions WHERE user_id = '{}' {which}", mine.id)).await
    };
    let idlest = "AND rotated_at < (SELECT max(rotated_at) FROM sessions) - interval '98.5 hours'";
    assert_eq!(of_mine(idlest).await, 1);

    let password = "correct horse battery";
    log_in(&auth, "minji@example.com", password).await.expect(200);
    assert_eq!((of_mine(idlest).await, of_mine("").await), (0, 100));
    let ended = auth.as_service("gateway").get("/int/auth/revocations").await.expect(200);
    assert_eq!(ended["items"].as_array().unwrap().len(), 1);

    let at_once = (0..10).map(|_| log_in(&auth, "minji@example.com", password));
    for answer in futures_util::future::join_all(at_once).await {
        answer.expect(200);
    }
    assert_eq!(of_mine("").await, 100);
    let me = auth.as_session(mine.id, mine.session_id);
    let sessions = me.get("/api/auth/sessions").await.expect(200);
    assert_eq!(sessions["items"].as_array().unwrap().len(), 100);
    for token in [mine.refresh_token, other.refresh_token] {
        refresh(&auth, &token).await.expect(200);
    }
}

#[tokio::test]
async fn what_has_run_out_is_swept_in_batches() {
    let database = testkit::Database::create(TABLES).await;
    let mut conn = database.pool("auth").get().await.unwrap();
    let rows = [
        "INSERT INTO login_failures SELECT sha256(n::text::bytea), 1, now() - interval '1 hour'
         FROM generate_series(1, 2500) n",
        // One of each still counts; a token that ran out is left to the outbox for an hour.
        "INSERT INTO login_failures VALUES ('still counts', 1, now() + interval '1 hour')",
        "INSERT INTO revocations VALUES (gen_random_uuid(), '', now(), now() + interval '1 hour')",
        "INSERT INTO quotas VALUES ('still counts', 1, now() + interval '1 hour')",
        "INSERT INTO mail_tokens (id, purpose, expires_at)
         VALUES (gen_random_uuid(), 'password_reset', now() - interval '30 minutes')",
        "INSERT INTO revocations SELECT gen_random_uuid(), '', now(), now() - interval '1 hour'
         FROM generate_series(1, 2500) n",
        "INSERT INTO quotas SELECT sha256(n::text::bytea), 1, now() - interval '1 hour'
         FROM generate_series(1, 2500) n",
        "INSERT INTO mail_tokens (id, purpose, expires_at)
         SELECT gen_random_uuid(), 'password_reset', now() - interval '2 hours' FROM generate_series(1, 2500)",
    ];
    for rows in rows {
        diesel::sql_query(rows).execute(&mut conn).await.unwrap();
    }
    let auth = AuthService::start_at(database, Clock::system(), config([])).await;
    let mut left = Vec::new();
    for _ in 0..500 {
        left.clear();
        for table in ["login_failures", "revocations", "quotas", "mail_tokens"] {
            left.push(execute(&auth, &format!("SELECT FROM {table}")).await);
        }
        if left == [1; 4] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{left:?} are left");
}
