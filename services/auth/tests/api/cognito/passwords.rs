//! A new password where Cognito holds it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::Answer;
use wiremock::ResponseTemplate;

use super::script::{Script, error};
use super::{
    EMAIL, PASSWORD, log_in, log_in_at_cognito, pool, post, refresh, refresh_at_cognito, session,
    sign_up, start_with, until,
};
use crate::{AuthService, execute, start};

async fn forgot(auth: &AuthService, email: &str) -> Answer {
    post(auth, "/api/auth/password/forgot", json!({"email": email})).await
}

async fn reset(auth: &AuthService, code: &str, new: &str) -> Answer {
    let body = json!({"email": EMAIL, "code": code, "new": new});
    post(auth, "/api/auth/password/reset", body).await
}

#[tokio::test]
async fn a_password_is_changed_at_cognito() {
    let auth = start_with(&pool()).await;
    sign_up(&auth).await;
    let (here, elsewhere) =
        (log_in(&auth, PASSWORD).await.expect(200), log_in(&auth, PASSWORD).await.expect(200));
    let me = session(&auth, &here);
    let change = |current: &str| json!({"current": current, "new": "a new password"});
    let wrong = me.post("/api/auth/password", change("wrong")).await;
    assert_eq!(wrong.expect_problem(422, "wrong-password"), ["/current"]);
    for _ in 0..2 {
        me.post_once("/api/auth/password", "key", change(PASSWORD)).await.expect(204);
    }
    let noted = "SELECT FROM audit_log WHERE action = 'password.changed'";
    assert_eq!(execute(&auth, noted).await, 1, "asked twice, done once");
    log_in(&auth, PASSWORD).await.expect(401);
    log_in(&auth, "a new password").await.expect(200);
    refresh(&auth, &elsewhere).await.expect_problem(401, "refresh-refused");
    refresh(&auth, &here).await.expect(200);
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_and_all_sessions_end_there_too() {
    let pool = pool();
    let auth = start_with(&pool).await;
    sign_up(&auth).await;
    let ours = log_in(&auth, PASSWORD).await.expect(200);
    let theirs = log_in_at_cognito(&pool).await;
    for _ in 0..10 {
        log_in(&auth, "a guess at it").await.expect(401);
    }
    forgot(&auth, EMAIL).await.expect(202);
    reset(&auth, "123456", "a new password").await.expect(204);

    log_in(&auth, PASSWORD).await.expect_problem(401, "wrong-credentials");
    log_in(&auth, "a new password").await.expect(200);
    refresh(&auth, &ours).await.expect_problem(401, "refresh-refused");
    until("Cognito is told", async || refresh_at_cognito(&pool, &theirs).await.status == 400).await;
    let noted = "SELECT FROM audit_log WHERE action = 'password.reset'";
    assert_eq!(execute(&auth, noted).await, 1);
}

#[tokio::test]
async fn asking_says_nothing_of_whom_cognito_knows() {
    let script = Script::begin().await;
    let auth = script.start().await;
    script.signs_in(&json!({"origin_jti": uuid::Uuid::new_v4()})).await;
    log_in(&auth, PASSWORD).await.expect(200);
    let ours = "INSERT INTO users (sub, email, name, password_hash, locale, time_zone, created_at, updated_at)
         VALUES (gen_random_uuid(), 'ours@example.com', 'x', 'x', 'ko', 'UTC', now(), now())";
    execute(&auth, ours).await;

    let slow =
        || ResponseTemplate::new(200).set_body_json(json!({})).set_delay(Duration::from_secs(2));
    let answers = [
        (EMAIL, slow()),
        ("unknown@example.com", error(400, "UserNotFoundException")),
        ("other@example.com", error(400, "InvalidParameterException")),
        ("another@example.com", error(400, "LimitExceededException")),
        ("late@example.com", error(500, "InternalErrorException")),
        ("ours@example.com", slow()),
    ];
    let mut seen = Vec::new();
    for (email, answer) in answers {
        script.answers("ForgotPassword", answer);
        let before = script.asked("ForgotPassword").await.len();
        let began = Instant::now();
        let answer = forgot(&auth, email).await;
        assert!(began.elapsed() < Duration::from_secs(1), "nobody waits for Cognito: {email}");
        answer.expect(202);
        let mut headers = answer.headers;
        headers.remove("x-request-id");
        headers.remove("date");
        seen.push((headers, answer.body));
        if email != "ours@example.com" {
            let asked = async || script.asked("ForgotPassword").await.len() == before + 1;
            until("Cognito is asked", asked).await;
            assert_eq!(script.asked("ForgotPassword").await[before]["Username"], email);
        }
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:?}");
    let letters = "SELECT FROM mail_tokens t JOIN users u ON u.sub = t.user_id
         WHERE u.email = 'ours@example.com' AND purpose = 'password_reset'";
    assert_eq!(execute(&auth, letters).await, 1, "of ours comes our own letter");

    // The account may get three letters an hour: this is the third, and then there is none.
    for _ in 0..3 {
        forgot(&auth, EMAIL).await.expect(202);
    }
    let of_minji = async || {
        let asked: Vec<Value> = script.asked("ForgotPassword").await;
        asked.iter().filter(|asked| asked["Username"] == EMAIL).count()
    };
    until("the third is asked for", async || of_minji().await == 3).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(of_minji().await, 3);
    let asked = script.asked("ForgotPassword").await;
    assert!(asked.iter().all(|asked| asked["Username"] != "ours@example.com"));
}

#[tokio::test]
async fn a_code_opens_no_account_of_ours() {
    let wrong = |answer: Answer| assert_eq!(answer.expect_problem(422, "wrong-code"), ["/code"]);
    wrong(reset(&start().await, "123456", "a new password").await);
    let auth = start_with(&pool()).await;
    let ours = format!(
        "INSERT INTO users (sub, email, name, password_hash, locale, time_zone, created_at, updated_at)
         VALUES (gen_random_uuid(), '{EMAIL}', 'x', 'x', 'ko', 'UTC', now(), now())"
    );
    execute(&auth, &ours).await;
    wrong(reset(&auth, "123456", "a new password").await);
    assert_eq!(execute(&auth, "SELECT FROM users WHERE password_hash = 'x'").await, 1);
}

#[tokio::test]
async fn what_came_by_mail_is_one_of_two() {
    let auth = start().await;
    for (body, pointers) in [
        (json!({"new": "a new password"}), vec!["/token"]),
        (json!({"email": EMAIL, "new": "a new password"}), vec!["/token"]),
        (json!({"code": "1", "new": "short"}), vec!["/token", "/new"]),
        (
            json!({"token": "1", "email": EMAIL, "code": "1", "new": "a new password"}),
            vec!["/token"],
        ),
    ] {
        let answer = post(&auth, "/api/auth/password/reset", body.clone()).await;
        let mut named = answer.expect_problem(422, "invalid-input");
        named.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(named, pointers, "{body}");
    }
}

#[tokio::test]
async fn an_empty_password_is_a_wrong_one() {
    let script = Script::begin().await;
    let auth = script.start().await;
    script.answers("InitiateAuth", error(400, "InvalidParameterException"));
    log_in(&auth, "").await.expect_problem(401, "wrong-credentials");
}
