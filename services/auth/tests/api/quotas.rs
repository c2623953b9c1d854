//! How often somebody may ask, whichever replica they reach.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::post::Folder;
use crate::{AuthService, execute, log_in, sign_up, somebody, somebody_with, start, start_with};

const MINJI: &str = "minji@example.com";

/// Asks as the gateway passes on what comes by this way.
async fn from(auth: &AuthService, way: &str, path: &str, body: Value) -> Answer {
    let request = auth.as_stranger().request(Method::POST, path);
    Answer::of(request.header("x-forwarded-for", way).json(&body)).await
}

async fn log_in_from(auth: &AuthService, way: &str, email: &str, password: &str) -> Answer {
    from(auth, way, "/api/auth/login", json!({"email": email, "password": password})).await
}

/// Nothing is left of any quota that was begun.
async fn spend(auth: &AuthService) {
    assert_ne!(execute(auth, "UPDATE quotas SET taken = 1000").await, 0);
}

/// Asserts a 429 and says for how long.
#[track_caller]
fn limited(answer: &Answer, quota: &str) -> i64 {
    answer.expect_problem(429, "rate-limited");
    let seconds = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    let state = answer.headers["ratelimit"].to_str().unwrap();
    assert_eq!(state, format!("{quota:?};r=0;t={seconds}"));
    seconds
}

#[tokio::test]
async fn an_address_may_fail_a_hundred_times_whatever_the_account() {
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    let client = "192.0.2.1, 10.0.0.1";
    // No account is tried so often that it is locked.
    for n in 0..99 {
        let answer = log_in_from(&auth, client, &format!("{n}@example.com"), "a guess").await;
        answer.expect_problem(401, "wrong-credentials");
    }
    log_in_from(&auth, client, MINJI, "correct horse battery").await.expect(200);
    log_in_from(&auth, client, "99@example.com", "a guess").await.expect(401);
    for email in [MINJI, "nobody@example.com"] {
        let answer = log_in_from(&auth, client, email, "correct horse battery").await;
        assert_eq!(limited(&answer, "failed_sign_in"), 900);
    }
    // What stands behind the first hop is nobody's to be counted by.
    limited(&log_in_from(&auth, "192.0.2.1", MINJI, "x").await, "failed_sign_in");
    log_in_from(&auth, "192.0.2.2, 192.0.2.1", MINJI, "correct horse battery").await.expect(200);
    auth.clock.advance(SignedDuration::from_secs(900));
    log_in_from(&auth, client, MINJI, "correct horse battery").await.expect(200);
}

#[tokio::test]
async fn a_quota_is_the_same_for_all_replicas() {
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    let replica = crate::replica(&auth, []).await;
    let there = |password: &str| {
        let request =
            reqwest::Client::new().post(format!("http://{}/api/auth/login", replica.address));
        let body = json!({"email": MINJI, "password": password});
        Answer::of(request.header("x-forwarded-for", "192.0.2.1").json(&body))
    };
    there("a guess").await.expect(401);
    execute(
        &auth,
        "UPDATE quotas SET taken = 99 WHERE taken = 1 AND until < now() + interval '20 min'",
    )
    .await;
    log_in_from(&auth, "192.0.2.1", MINJI, "a guess").await.expect(401);
    limited(&there("correct horse battery").await, "failed_sign_in");
    limited(&log_in_from(&auth, "192.0.2.1", MINJI, "x").await, "failed_sign_in");
    replica.abort();
}

#[tokio::test]
async fn sign_ups_from_one_address_are_limited() {
    let auth = start().await;
    let sign_up_from = async |way: &str, n: usize| {
        let body = somebody_with("email", json!(format!("{n}@example.com")));
        from(&auth, way, "/api/auth/signup", body).await
    };
    sign_up_from("2001:db8:1:2::1", 0).await.expect(201);
    execute(&auth, "UPDATE quotas SET taken = 299").await;
    sign_up_from("2001:db8:1:2::2", 1).await.expect(201);
    let seconds = limited(&sign_up_from("2001:db8:1:2::3", 2).await, "sign_up");
    sign_up_from("2001:db8:1:3::1", 2).await.expect(201);
    auth.clock.advance(SignedDuration::from_secs(seconds));
    // Who has waited has the whole quota.
    for n in 3..8 {
        sign_up_from("2001:db8:1:2::1", n).await.expect(201);
    }
}

#[tokio::test]
async fn an_account_gets_three_letters_an_hour_and_who_asks_is_not_told() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    sign_up(&auth, somebody()).await;
    let forgot = async |way: &str| {
        from(&auth, way, "/api/auth/password/forgot", json!({"email": MINJI})).await
    };
    for n in 1..=3 {
        forgot(&format!("192.0.2.{n}")).await.expect(202);
        folder.token(MINJI, "reset-password", n).await;
    }
    let token = folder.token(MINJI, "reset-password", 3).await;
    forgot("192.0.2.4").await.expect(202);
    let body = json!({"token": token, "new": "a new password"});
    auth.as_stranger().post("/api/auth/password/reset", body).await.expect(204);
    assert_eq!(execute(&auth, "SELECT FROM mail_tokens").await, 0, "the fourth asked for none");
}

#[tokio::test]
async fn one_address_asks_for_letters_and_shows_tokens_so_often() {
    let auth = start().await;
    let minji = sign_up(&auth, somebody()).await;
    let client = "192.0.2.1";
    let shown = json!({"token": "x", "new": "a new password"});
    let reset = async || from(&auth, client, "/api/auth/password/reset", shown.clone()).await;
    let verify =
        async || from(&auth, client, "/api/auth/email/verify", json!({"token": "x"})).await;
    let forgot = async || {
        from(&auth, client, "/api/auth/password/forgot", json!({"email": "nobody@example.com"}))
            .await
    };
    let me = auth.as_member(minji.id);
    // An answer that is given again takes nothing.
    for _ in 0..3 {
        me.post_once("/api/auth/email/verification", "key-1", json!({})).await.expect(202);
    }
    assert_eq!(execute(&auth, "SELECT FROM quotas WHERE taken > 1").await, 0);
    let letter = async || me.post_once("/api/auth/email/verification", "key-2", json!({})).await;
    reset().await.expect(422);
    forgot().await.expect(202);
    spend(&auth).await;
    limited(&reset().await, "token_shown");
    limited(&verify().await, "token_shown");
    limited(&forgot().await, "reset_asked");
    limited(&letter().await, "verification");
    auth.clock.advance(SignedDuration::from_hours(1));
    let me = auth.as_member(minji.id);
    reset().await.expect(422);
    forgot().await.expect(202);
    // A 429 is not kept for its key.
    me.post_once("/api/auth/email/verification", "key-2", json!({})).await.expect(202);
}

#[tokio::test]
async fn a_session_is_refreshed_so_often_and_lives_on() {
    let auth = start().await;
    let minji = sign_up(&auth, somebody()).await;
    let refresh = async |token: &str| {
        auth.as_stranger().post("/api/auth/refresh", json!({"refresh_token": token})).await
    };
    let second = crate::member(&refresh(&minji.refresh_token).await.expect(200)).refresh_token;
    execute(&auth, "UPDATE quotas SET taken = 119").await;
    refresh(&minji.refresh_token).await.expect(200);
    let seconds = limited(&refresh(&second).await, "refresh");
    auth.clock.advance(SignedDuration::from_secs(seconds));
    // What was refused was not done: the token is still the current one.
    refresh(&second).await.expect(200);
    // Another session has a quota of its own.
    spend(&auth).await;
    let other = crate::member(&log_in(&auth, MINJI, "correct horse battery").await.expect(200));
    refresh(&other.refresh_token).await.expect(200);
}

#[tokio::test]
async fn common_passwords_are_refused_wherever_one_is_chosen() {
    let auth = start().await;
    let minji = sign_up(&auth, somebody()).await;
    for common in ["password", "Password1", "12345678", "dkssudgktpdy", "qwer1234!"] {
        let mut body = somebody_with("email", json!("other@example.com"));
        body["password"] = json!(common);
        let answer = auth.as_stranger().post("/api/auth/signup", body).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/password"], "{common}");
        let change = json!({"current": "correct horse battery", "new": common});
        let answer = auth.as_member(minji.id).post("/api/auth/password", change).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/new"], "{common}");
        let reset = json!({"token": "x", "new": common});
        let answer = auth.as_stranger().post("/api/auth/password/reset", reset).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/new"], "{common}");
    }
    // No rule of composition; and characters are counted, not bytes.
    for (n, plain) in
        ["zebrafishes", "        8 ", "가나다라마바사아", "77313377"].iter().enumerate()
    {
        let mut body = somebody_with("email", json!(format!("{n}@example.com")));
        body["password"] = json!(plain);
        sign_up(&auth, body).await;
    }
}
