//! Which of Cognito's tokens are good, for services that ask. The door's own look at them is in the platform's tests.

use chassis::Clock;
use serde_json::{Value, json};

use super::{PASSWORD, log_in, mint, pool, session, sign_up, start_with};
use crate::AuthService;

async fn is_active(auth: &AuthService, token: &str) -> bool {
    let body = json!({"token": token});
    let answer = auth.as_service("quest").post("/int/auth/verify", body).await.expect(200);
    answer["active"] == true
}

#[tokio::test]
async fn a_token_is_good_until_its_session_ends() {
    let auth = start_with(&pool()).await;
    let id = sign_up(&auth).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    let token = tokens["access_token"].as_str().unwrap();
    let body = json!({"token": token});
    let answer = auth.as_service("quest").post("/int/auth/verify", body).await.expect(200);
    assert_eq!((&answer["active"], &answer["user_id"]), (&json!(true), &json!(id)));
    assert!(!is_active(&auth, tokens["id_token"].as_str().unwrap()).await, "an id token is none");
    session(&auth, &tokens).post("/api/auth/logout", json!({})).await.expect(204);
    assert!(!is_active(&auth, token).await);
}

#[tokio::test]
async fn tokens_by_the_pools_own_key_are_not_good_for_that_alone() {
    let pool = pool();
    let auth = start_with(&pool).await;
    let now = Clock::system().now().as_second();
    let good = json!({
        "iss": pool.issuer(), "client_id": pool.client_id, "token_use": "access",
        "sub": uuid::Uuid::new_v4(), "origin_jti": uuid::Uuid::new_v4(), "iat": now, "exp": now + 600,
    });
    let rows = [
        json!({}),
        json!({"exp": now}),
        json!({"exp": null}),
        json!({"client_id": "another"}),
        json!({"client_id": null}),
        json!({"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_another"}),
        json!({"token_use": "id", "client_id": null, "aud": pool.client_id}),
        json!({"token_use": "refresh"}),
        json!({"token_use": null}),
        json!({"sub": "minji"}),
    ];
    let tokens = mint(rows.iter().map(|changes| with(&good, changes)).collect()).await;
    for (changes, token) in rows.iter().zip(tokens) {
        assert_eq!(is_active(&auth, &token).await, *changes == json!({}), "{changes}");
    }
}

/// Claims with some replaced; null takes one away.
fn with(claims: &Value, changes: &Value) -> Value {
    let mut claims = claims.as_object().unwrap().clone();
    claims.extend(changes.as_object().unwrap().clone());
    claims.retain(|_, value| !value.is_null());
    claims.into()
}
