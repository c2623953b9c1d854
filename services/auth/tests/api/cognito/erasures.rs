//! Leaving where Cognito has an account of the member, too.

use chassis::Clock;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Database};
use uuid::Uuid;
use wiremock::ResponseTemplate;

use super::script::{Script, error};
use super::{EMAIL, PASSWORD, config_of, log_in, pool, session, sign_up, start_with, until};
use crate::erasures::{done, look};
use crate::{AuthService, TABLES, execute};

pub(super) async fn leave(auth: &AuthService, tokens: &Value, body: Value) -> Answer {
    let request = session(auth, tokens).request(Method::DELETE, "/api/auth/me");
    Answer::of(request.json(&body)).await
}

async fn metrics(auth: &AuthService) -> String {
    String::from_utf8(auth.as_stranger().get("/metrics").await.body).unwrap()
}

#[tokio::test]
async fn the_account_at_cognito_goes_with_its_member_by_the_password() {
    let script = Script::begin().await;
    let clock = Clock::fixed(Clock::system().now());
    let database = Database::create(TABLES).await;
    let auth = AuthService::start_at(database, clock, config_of(&script.settings())).await;
    script.signs_in(&json!({"origin_jti": Uuid::new_v4()})).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    // As if a sign-in by another provider had begun the session: nothing is held to delete the account by.
    execute(&auth, "DELETE FROM cognito_sessions").await;

    script.answers("InitiateAuth", error(400, "NotAuthorizedException"));
    for body in [json!({}), json!({"password": "wrong"})] {
        let answer = leave(&auth, &tokens, body).await;
        assert_eq!(answer.expect_problem(422, "wrong-password"), ["/password"]);
    }
    assert_eq!(execute(&auth, "SELECT FROM login_failures WHERE failures = 2").await, 1);
    script.answers("InitiateAuth", error(500, "InternalErrorException"));
    let password = json!({"password": PASSWORD});
    leave(&auth, &tokens, password.clone()).await.expect_problem(503, "unavailable");
    assert_eq!(execute(&auth, "SELECT FROM users").await, 1, "all or nothing");

    script.signs_in(&json!({"origin_jti": Uuid::new_v4()})).await;
    // Not what a session that has ended is refused for: it may be another time.
    script.answers("DeleteUser", error(400, "ForbiddenException"));
    let claim = leave(&auth, &tokens, password).await.expect(202);
    until("it is tried", async || script.asked("DeleteUser").await.len() == 1).await;
    let services = async || look(&auth, &claim).await.expect(200);
    assert!(done(&services().await).contains(&("cognito", false)));

    script.answers("DeleteUser", ResponseTemplate::new(200).set_body_json(json!({})));
    auth.clock.advance(SignedDuration::from_secs(61));
    let is_done = async || done(&services().await).contains(&("cognito", true));
    until("Cognito has deleted it", is_done).await;
    let told = services().await;
    let part =
        told["services"].as_array().unwrap().iter().find(|part| part["service"] == "cognito");
    assert_eq!(part.unwrap()["tables"], json!(["account"]));
    assert_eq!(execute(&auth, "SELECT FROM cognito_sessions").await, 0, "and is told no more");
}

#[tokio::test]
async fn where_nothing_is_held_to_delete_it_by_that_is_seen_until_somebody_has() {
    let auth = start_with(&pool()).await;
    let id = sign_up(&auth).await;
    let pool = auth.database.pool("auth");
    let by_hand = auth::Command::ErasedAtCognito { id: id.parse().unwrap() };
    assert!(by_hand.run_on(&pool).await.is_err(), "nobody was erased");
    let erase = auth::Command::Erase { email: EMAIL.to_owned() };
    erase.run_on(&pool).await.unwrap();
    let open = "SELECT FROM erasures WHERE service = 'cognito' AND done_at IS NULL";
    assert_eq!(execute(&auth, open).await, 1);

    by_hand.run_on(&pool).await.unwrap();
    assert_eq!(execute(&auth, open).await, 0);
    let noted = format!(
        "SELECT FROM audit_log WHERE action = 'member.erased_at_cognito' AND subject = '{id}'"
    );
    assert_eq!(execute(&auth, &noted).await, 1);
    assert!(by_hand.run_on(&pool).await.is_err(), "it is done");
}

#[tokio::test]
async fn an_account_that_is_left_at_cognito_is_counted() {
    let database = Database::create(TABLES).await;
    let left = "INSERT INTO erasures (user_id, service, requested_at, asked_at)
         VALUES (gen_random_uuid(), 'cognito', now() - interval '1 hour', now())";
    {
        use diesel_async::RunQueryDsl;
        let mut conn = database.pool("auth").get().await.unwrap();
        diesel::sql_query(left).execute(&mut conn).await.unwrap();
    }
    let settings = [("ERASURE_RETRY", "1".to_owned())];
    let auth = AuthService::start_at(database, Clock::system(), config_of(&settings)).await;
    let counted = "auth_erasures_unconfirmed{service=\"cognito\"} 1\n";
    until("it is counted", async || metrics(&auth).await.contains(counted)).await;
    execute(&auth, "UPDATE erasures SET done_at = now()").await;
    let none = "auth_erasures_unconfirmed{service=\"cognito\"} 0\n";
    until("it is not any more", async || metrics(&auth).await.contains(none)).await;
}
