//! Members who come with a token of Cognito's that we had no part in.

use chassis::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;
use tools::Pool;

use super::{
    EMAIL, PASSWORD, at_cognito, log_in, log_in_at_cognito, mint, pool, registered, session,
    sign_up, start_with,
};
use crate::{AuthService, execute};

/// Signs up, confirms and signs in at Cognito itself.
async fn come_from_cognito(pool: &Pool) -> Value {
    let attributes = json!([
        {"Name": "email", "Value": EMAIL}, {"Name": "name", "Value": "민지"},
        {"Name": "locale", "Value": "en"}, {"Name": "zoneinfo", "Value": "Europe/Paris"},
    ]);
    let body = json!({"Username": EMAIL, "Password": PASSWORD, "UserAttributes": attributes});
    at_cognito(pool, "SignUp", body).await.expect(200);
    let body = json!({"Username": EMAIL, "ConfirmationCode": "123456"});
    at_cognito(pool, "ConfirmSignUp", body).await.expect(200);
    log_in_at_cognito(pool).await
}

/// As the gateway presents them: this member, and perhaps this token.
async fn me(auth: &AuthService, tokens: &Value, shown: Option<&str>) -> Answer {
    let member = session(auth, &json!({"access_token": tokens["AccessToken"]}));
    let request = member.request(Method::GET, "/api/auth/me");
    Answer::of(match shown {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

#[tokio::test]
async fn who_has_never_signed_in_through_us_is_made_a_member_once() {
    let pool = pool();
    let auth = start_with(&pool).await;
    let tokens = come_from_cognito(&pool).await;
    let access = tokens["AccessToken"].as_str();
    me(&auth, &tokens, None).await.expect_problem(404, "not-found");
    let all = futures_util::future::join_all((0..10).map(|_| me(&auth, &tokens, access))).await;
    for answer in all {
        let user = answer.expect(200);
        assert_eq!((&user["email"], &user["name"]), (&json!(EMAIL), &json!("민지")));
        assert_eq!((&user["locale"], &user["time_zone"]), (&json!("en"), &json!("Europe/Paris")));
        assert_eq!(user["roles"], json!(["member"]));
    }
    assert_eq!(registered(&auth).await, 1);
    let theirs = "SELECT FROM users WHERE cognito_sub = sub::text AND password_hash IS NULL";
    assert_eq!(execute(&auth, theirs).await, 1);
    let known = me(&auth, &tokens, None).await.expect(200);
    assert_eq!(log_in(&auth, PASSWORD).await.expect(200)["user"]["id"], known["id"]);
    assert_eq!(registered(&auth).await, 1);
}

#[tokio::test]
async fn only_the_pools_word_of_whom_it_is_makes_a_member() {
    let pool = pool();
    let auth = start_with(&pool).await;
    let tokens = come_from_cognito(&pool).await;
    let now = Clock::system().now().as_second();
    let good = json!({
        "iss": pool.issuer(), "client_id": pool.client_id, "token_use": "access",
        "sub": uuid::Uuid::new_v4(), "origin_jti": uuid::Uuid::new_v4(), "iat": now, "exp": now + 600,
    });
    // By the pool's own key, and of somebody whom it does not know: asked for them, it refuses.
    let unknown = json!({"AccessToken": mint(vec![good]).await.remove(0)});
    for (who, shown) in [
        (&tokens, "nonsense"),
        (&tokens, unknown["AccessToken"].as_str().unwrap()),
        (&tokens, tokens["IdToken"].as_str().unwrap()),
        (&unknown, unknown["AccessToken"].as_str().unwrap()),
        (&unknown, tokens["AccessToken"].as_str().unwrap()),
    ] {
        me(&auth, who, Some(shown)).await.expect_problem(404, "not-found");
    }
    assert_eq!(execute(&auth, "SELECT FROM users").await, 0);
}

#[tokio::test]
async fn an_address_that_another_member_has_makes_no_second_one() {
    let pool = pool();
    let auth = start_with(&pool).await;
    let tokens = come_from_cognito(&pool).await;
    let ours = format!(
        "INSERT INTO users (sub, email, name, password_hash, locale, time_zone, created_at, updated_at)
         VALUES (gen_random_uuid(), '{EMAIL}', 'x', 'x', 'ko', 'UTC', now(), now())"
    );
    execute(&auth, &ours).await;
    let answer = me(&auth, &tokens, tokens["AccessToken"].as_str()).await;
    assert_eq!(answer.expect_problem(409, "email-taken"), ["/email"]);
    assert_eq!(registered(&auth).await, 0);
}

#[tokio::test]
async fn who_was_erased_is_not_met_again() {
    let pool = pool();
    let auth = start_with(&pool).await;
    sign_up(&auth).await;
    let tokens = log_in_at_cognito(&pool).await;
    let erase = auth::Command::Erase { email: EMAIL.to_owned() };
    erase.run_on(&auth.database.pool("auth")).await.unwrap();
    let access = tokens["AccessToken"].as_str();
    me(&auth, &tokens, access).await.expect_problem(404, "not-found");
    assert_eq!(execute(&auth, "SELECT FROM users").await, 0);
}
