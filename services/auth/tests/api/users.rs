//! The member themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contracts::UserId;
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::{log_in, member, sign_up, somebody, start, start_with};

#[tokio::test]
async fn a_member_changes_themselves() {
    let auth = start().await;
    let me = sign_up(&auth, somebody()).await;
    let me = auth.as_member(me.id);
    let changes =
        json!({"name": "민지 2", "age": null, "locale": "en", "time_zone": "Europe/Paris"});
    let changed = me.patch("/api/auth/me", changes).await.expect(200);
    assert_eq!(changed["name"], "민지 2");
    assert_eq!(changed["age"], json!(null));
    assert_eq!(changed["gender"], "female", "what is left out stays");
    assert_eq!(changed["time_zone"], "Europe/Paris");
    assert_eq!(me.get("/api/auth/me").await.expect(200), changed);
}

#[tokio::test]
async fn what_a_member_may_not_change_is_named() {
    let auth = start().await;
    let me = sign_up(&auth, somebody()).await;
    let me = auth.as_member(me.id);
    for (body, status, pointer) in [
        (json!({"email": "x@example.com"}), 400, "/email"),
        (json!({"roles": ["admin"]}), 400, "/roles"),
        (json!({"id": "1"}), 400, "/id"),
        (json!({"created_at": "2026-01-01T00:00:00Z"}), 400, "/created_at"),
        (json!({"time_zone": "Mars/Olympus"}), 422, "/time_zone"),
        (json!({"age": 13}), 422, "/age"),
        (json!({"name": ""}), 422, "/name"),
    ] {
        let answer = me.patch("/api/auth/me", body).await;
        let code = if status == 400 { "malformed-body" } else { "invalid-input" };
        assert_eq!(answer.expect_problem(status, code), [pointer]);
    }
}

#[tokio::test]
async fn somebody_who_is_gone_is_not_found() {
    let auth = start().await;
    let nobody = auth.as_member(UserId(Uuid::now_v7()));
    nobody.get("/api/auth/me").await.expect_problem(404, "not-found");
    nobody.patch("/api/auth/me", json!({})).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_new_password_replaces_the_old_and_ends_the_other_sessions() {
    let auth = start().await;
    let first = sign_up(&auth, somebody()).await;
    let log_in = async |password: &str| {
        let body = json!({"email": "minji@example.com", "password": password});
        auth.as_stranger().post("/api/auth/login", body).await
    };
    let second = member(&log_in("correct horse battery").await.expect(200));

    let me = auth.as_session(second.id, second.session_id);
    let change = json!({"current": "correct horse battery", "new": "a new password"});
    me.post("/api/auth/password", change.clone()).await.expect(204);

    log_in("correct horse battery").await.expect(401);
    log_in("a new password").await.expect(200);
    let refresh = async |token: &str| {
        let body = json!({"refresh_token": token});
        auth.as_stranger().post("/api/auth/refresh", body).await
    };
    refresh(&first.refresh_token).await.expect(401);
    refresh(&second.refresh_token).await.expect(200);

    let wrong = me.post("/api/auth/password", change).await;
    assert_eq!(wrong.expect_problem(422, "wrong-password"), ["/current"]);
    let short = json!({"current": "a new password", "new": "short"});
    let short = me.post("/api/auth/password", short).await;
    assert_eq!(short.expect_problem(422, "invalid-input"), ["/new"]);
}

#[tokio::test]
async fn a_password_changes_together_with_the_end_of_the_other_sessions_or_not_at_all() {
    use diesel_async::SimpleAsyncConnection;

    let auth = start().await;
    let first = sign_up(&auth, somebody()).await;
    let second =
        member(&log_in(&auth, "minji@example.com", "correct horse battery").await.expect(200));
    let owner = pg::Pool::new(&pg::Settings::new(auth.database.owner_url("auth"))).unwrap();
    let no_end = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not now''; END';
         CREATE TRIGGER refuse BEFORE INSERT ON revocations EXECUTE FUNCTION refuse()";
    owner.get().await.unwrap().batch_execute(no_end).await.unwrap();

    let me = auth.as_session(second.id, second.session_id);
    let change = json!({"current": "correct horse battery", "new": "a new password"});
    me.post("/api/auth/password", change).await.expect(500);
    log_in(&auth, "minji@example.com", "correct horse battery").await.expect(200);
    let body = json!({"refresh_token": first.refresh_token});
    auth.as_stranger().post("/api/auth/refresh", body).await.expect(200);
}

#[tokio::test]
async fn a_change_of_password_with_a_key_is_made_once_and_answered_twice() {
    let auth = start().await;
    let me = sign_up(&auth, somebody()).await;
    let me = auth.as_session(me.id, me.session_id);
    let change = json!({"current": "correct horse battery", "new": "a new password"});
    for _ in 0..2 {
        me.post_once("/api/auth/password", "key-1", change.clone()).await.expect(204);
    }
    let other = json!({"current": "a new password", "new": "another password"});
    let answer = me.post_once("/api/auth/password", "key-1", other).await;
    answer.expect_problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_wrong_current_password_counts_like_a_failed_sign_in() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let me = auth.as_session(member.id, member.session_id);
    let change = |current: &str| json!({"current": current, "new": "a new password"});
    let path = "/api/auth/password";
    let refused = |answer: testkit::Answer| {
        assert_eq!(answer.expect_problem(422, "wrong-password"), ["/current"]);
    };
    // An answer that is given again is no other try.
    for _ in 0..12 {
        refused(me.post_once(path, "key", change("wrong")).await);
    }
    for _ in 0..8 {
        refused(me.post(path, change("wrong")).await);
    }
    log_in(&auth, "minji@example.com", "wrong").await.expect(401);
    // Ten have failed: neither place takes the right one now.
    refused(me.post(path, change("correct horse battery")).await);
    log_in(&auth, "minji@example.com", "correct horse battery").await.expect(401);

    auth.clock.advance(jiff::SignedDuration::from_mins(16));
    let me = auth.as_session(member.id, member.session_id);
    for _ in 0..12 {
        me.post_once(path, "right", change("correct horse battery")).await.expect(204);
    }
    log_in(&auth, "minji@example.com", "a new password").await.expect(200);
}

#[tokio::test]
async fn who_changes_a_password_holds_up_nobody_who_reads() {
    let auth = start_with([("HASH_CONCURRENCY", "1")]).await;
    let me = sign_up(&auth, somebody()).await;
    let me = auth.as_session(me.id, me.session_id);
    let changed = AtomicUsize::new(0);
    // More than there are connections, each waiting for a turn to hash.
    let changes = join_all((0..40).map(async |_| {
        let change = json!({"current": "a wrong password", "new": "a new password"});
        me.post("/api/auth/password", change).await;
        changed.fetch_add(1, Ordering::SeqCst);
    }));
    let read = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        me.get("/api/auth/me").await.expect(200);
        changed.load(Ordering::SeqCst)
    };
    let (_, changed_before) = tokio::join!(changes, read);
    assert!(changed_before < 20, "{changed_before} went first");
}
