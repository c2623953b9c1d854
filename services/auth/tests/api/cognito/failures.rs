//! What goes wrong at Cognito, and what a client is told.

use std::time::{Duration, Instant};

use chassis::Clock;
use jiff::SignedDuration;
use serde_json::json;
use testkit::{Answer, Database};
use uuid::Uuid;
use wiremock::ResponseTemplate;

use super::script::{Script, error};
use super::{
    EMAIL, PASSWORD, claims, config_of, log_in, post, refresh, revoked, session, start_on, until,
};
use crate::{AuthService, TABLES, execute, somebody};

const RESET: &str = "password/reset";
const CONFIRM_RESET: &str = "ConfirmForgotPassword";

#[tokio::test]
async fn each_refusal_is_told_in_our_words() {
    let script = Script::begin().await;
    let auth = script.start().await;
    let none: &[&str] = &[];
    let rows = [
        ("login", "InitiateAuth", "NotAuthorizedException", 401, "wrong-credentials", none),
        ("login", "InitiateAuth", "UserNotFoundException", 401, "wrong-credentials", none),
        ("login", "InitiateAuth", "UserNotConfirmedException", 403, "not-confirmed", none),
        (
            "login",
            "InitiateAuth",
            "PasswordResetRequiredException",
            403,
            "password-reset-required",
            none,
        ),
        ("login", "InitiateAuth", "TooManyRequestsException", 503, "unavailable", none),
        ("login", "InitiateAuth", "LimitExceededException", 429, "rate-limited", none),
        ("login", "InitiateAuth", "ResourceNotFoundException", 500, "internal", none),
        ("login", "InitiateAuth", "InvalidParameterException", 500, "internal", none),
        ("login", "InitiateAuth", "a.b.c#NotAuthorizedException", 401, "wrong-credentials", none),
        ("confirm", "ConfirmSignUp", "CodeMismatchException", 422, "wrong-code", &["/code"]),
        ("confirm", "ConfirmSignUp", "ExpiredCodeException", 422, "expired-code", &["/code"]),
        ("confirm", "ConfirmSignUp", "NotAuthorizedException", 422, "wrong-code", &["/code"]),
        ("confirm", "ConfirmSignUp", "UserNotFoundException", 422, "wrong-code", &["/code"]),
        ("confirm", "ConfirmSignUp", "TooManyFailedAttemptsException", 429, "rate-limited", none),
        ("signup", "SignUp", "UsernameExistsException", 409, "email-taken", &["/email"]),
        ("signup", "SignUp", "InvalidParameterException", 422, "invalid-input", &["/email"]),
        ("signup", "SignUp", "InvalidPasswordException", 422, "invalid-input", &["/password"]),
        ("signup", "SignUp", "CodeDeliveryFailureException", 503, "unavailable", none),
        (RESET, CONFIRM_RESET, "CodeMismatchException", 422, "wrong-code", &["/code"]),
        (RESET, CONFIRM_RESET, "UserNotFoundException", 422, "wrong-code", &["/code"]),
        (RESET, CONFIRM_RESET, "NotAuthorizedException", 422, "wrong-code", &["/code"]),
        (RESET, CONFIRM_RESET, "UserNotConfirmedException", 422, "wrong-code", &["/code"]),
        (RESET, CONFIRM_RESET, "ExpiredCodeException", 422, "expired-code", &["/code"]),
        (RESET, CONFIRM_RESET, "InvalidPasswordException", 422, "invalid-input", &["/new"]),
        (RESET, CONFIRM_RESET, "LimitExceededException", 429, "rate-limited", none),
        (RESET, CONFIRM_RESET, "TooManyRequestsException", 503, "unavailable", none),
    ];
    for (path, operation, name, status, code, pointers) in rows {
        script.answers(operation, error(400, name));
        let body = match path {
            "login" => json!({"email": EMAIL, "password": PASSWORD}),
            "confirm" => json!({"email": EMAIL, "code": "123456"}),
            RESET => json!({"email": EMAIL, "code": "123456", "new": "a new password"}),
            _ => somebody(),
        };
        let answer = post(&auth, &format!("/api/auth/{path}"), body).await;
        assert_eq!(answer.expect_problem(status, code), pointers, "{path} {name}");
        let again = answer.headers.contains_key("retry-after");
        assert_eq!(again, [429, 503].contains(&status), "{path} {name}");
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!said.contains(EMAIL) && !said.contains("Exception"), "{said}");
    }
    assert_eq!(script.asked("ResendConfirmationCode").await.len(), 1, "where it was not confirmed");

    let metrics = auth.as_stranger().get("/metrics").await;
    let metrics = String::from_utf8(metrics.body).unwrap();
    for counted in [
        r#"cognito_errors_total{error="not_authorized",operation="InitiateAuth"}"#,
        r#"cognito_errors_total{error="code_mismatch",operation="ConfirmSignUp"}"#,
        r#"cognito_errors_total{error="unexpected",operation="InitiateAuth"}"#,
    ] {
        assert!(metrics.contains(counted), "{counted}");
    }
}

#[tokio::test]
async fn what_fails_for_one_does_not_open_the_circuit_for_all() {
    let script = Script::begin().await;
    let auth = script.start().await;
    script.answers("SignUp", error(400, "CodeDeliveryFailureException"));
    for _ in 0..6 {
        let answer = post(&auth, "/api/auth/signup", somebody()).await;
        answer.expect_problem(503, "unavailable");
    }
    assert_eq!(script.asked("SignUp").await.len(), 6);
}

#[tokio::test]
async fn the_rule_that_a_password_breaks_is_told() {
    let script = Script::begin().await;
    let auth = script.start().await;
    let message = "Password did not conform with policy: Password must have numeric characters";
    let body = json!({"__type": "InvalidPasswordException", "message": message});
    script.answers("SignUp", ResponseTemplate::new(400).set_body_json(body));
    let answer = post(&auth, "/api/auth/signup", somebody()).await.expect(422);
    let detail = answer["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.ends_with(": Password must have numeric characters"), "{detail}");
}

#[tokio::test]
async fn what_a_password_is_not_enough_for_is_said() {
    let script = Script::begin().await;
    let auth = script.start().await;
    let body = json!({"ChallengeName": "SMS_MFA", "Session": "secret"});
    script.answers("InitiateAuth", ResponseTemplate::new(200).set_body_json(body));
    log_in(&auth, PASSWORD).await.expect_problem(403, "challenge-required");
}

#[tokio::test]
async fn a_new_account_that_needs_no_confirmation_is_signed_in() {
    let script = Script::begin().await;
    let auth = script.start().await;
    let body = json!({"UserSub": script.member, "UserConfirmed": true});
    script.answers("SignUp", ResponseTemplate::new(200).set_body_json(body));
    script.signs_in(&json!({"origin_jti": Uuid::new_v4()})).await;
    let signed_up = post(&auth, "/api/auth/signup", somebody()).await.expect(201);
    assert_eq!(signed_up["user"]["id"], script.member.to_string());
    assert!(signed_up["access_token"].is_string() && signed_up["confirmation"].is_null());
    assert!(signed_up["user"]["last_login_at"].is_string());
}

#[tokio::test]
async fn without_an_answer_it_is_a_503_within_the_deadline() {
    let script = Script::begin().await;
    let mut settings = script.settings();
    settings.push(("COGNITO_CONCURRENCY", "1".to_owned()));
    let auth = start_on(Database::create(TABLES).await, settings).await;
    let answer = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    script.answers("InitiateAuth", answer);
    let away = |answer: Answer| {
        answer.expect_problem(503, "unavailable");
        assert_eq!(answer.headers["retry-after"], "5");
    };
    // Who waits for a turn does not wait for longer.
    let began = Instant::now();
    let all = (0..6).map(|_| log_in(&auth, PASSWORD));
    futures_util::future::join_all(all).await.into_iter().for_each(away);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    // Then nobody waits at all, for as long as the circuit is open.
    let began = Instant::now();
    away(log_in(&auth, PASSWORD).await);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(execute(&auth, "SELECT FROM login_failures").await, 0, "nobody's fault");

    script.signs_in(&json!({"origin_jti": Uuid::new_v4()})).await;
    until("it is back", async || log_in(&auth, PASSWORD).await.status == 200).await;
}

#[tokio::test]
async fn while_cognito_is_away_a_session_neither_moves_nor_ends() {
    let script = Script::begin().await;
    let clock = Clock::fixed(Clock::system().now());
    let database = Database::create(TABLES).await;
    let auth = AuthService::start_at(database, clock, config_of(&script.settings())).await;
    script.signs_in(&json!({"origin_jti": Uuid::new_v4()})).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    let asked = script.asked("InitiateAuth").await;
    assert_eq!(asked[0]["AuthParameters"]["USERNAME"], EMAIL);

    script.answers("InitiateAuth", error(500, "InternalErrorException"));
    for _ in 0..2 {
        refresh(&auth, &tokens).await.expect_problem(503, "unavailable");
        auth.clock.advance(SignedDuration::from_mins(5));
    }
    script.signs_in(&json!({"origin_jti": claims(&tokens["access_token"])["origin_jti"]})).await;
    refresh(&auth, &tokens).await.expect(200);
    let asked = script.asked("InitiateAuth").await;
    assert_eq!(asked.last().unwrap()["AuthParameters"]["REFRESH_TOKEN"], "theirs");
}

#[tokio::test]
async fn an_end_that_cognito_could_not_be_told_of_is_told_later() {
    let script = Script::begin().await;
    let clock = Clock::fixed(Clock::system().now());
    let database = Database::create(TABLES).await;
    let auth = AuthService::start_at(database, clock, config_of(&script.settings())).await;
    script.signs_in(&json!({"origin_jti": Uuid::new_v4()})).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    script.answers("RevokeToken", error(400, "TooManyRequestsException"));
    session(&auth, &tokens).post("/api/auth/logout", json!({})).await.expect(204);
    until("it is tried", async || script.asked("RevokeToken").await.len() == 1).await;
    assert_eq!(execute(&auth, "SELECT FROM cognito_sessions").await, 1);

    script.answers("RevokeToken", ResponseTemplate::new(200).set_body_json(json!({})));
    auth.clock.advance(SignedDuration::from_secs(61));
    until("it is told", async || execute(&auth, "SELECT FROM cognito_sessions").await == 0).await;
    let told = script.asked("RevokeToken").await;
    assert_eq!(told.len(), 2);
    assert_eq!(
        (&told[1]["Token"], &told[1]["ClientId"]),
        (&json!("theirs"), &json!(script.pool.client_id),)
    );
}

#[tokio::test]
async fn tokens_that_name_no_common_session_are_ours_from_the_second_on() {
    let script = Script::begin().await;
    let auth = script.start().await;
    script.signs_in(&json!({"jti": Uuid::new_v4()})).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    let first = claims(&tokens["access_token"]);
    assert_eq!(first["iss"], script.pool.issuer());

    script.signs_in(&json!({"jti": Uuid::new_v4()})).await;
    let renewed = refresh(&auth, &tokens).await.expect(200);
    let second = claims(&renewed["access_token"]);
    assert_eq!((&second["iss"], &second["sid"]), (&json!("http://localhost:8000"), &first["jti"]));
    session(&auth, &renewed).post("/api/auth/logout", json!({})).await.expect(204);
    assert_eq!(revoked(&auth).await[0]["sid"], first["jti"], "one end for both");
}
