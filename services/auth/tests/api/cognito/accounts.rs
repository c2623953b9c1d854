//! Signing up, confirming and signing in.

use argon2::{Argon2, PasswordHasher};
use serde_json::{Value, json};
use testkit::Database;

use super::script::{Script, error};
use super::{
    EMAIL, MOTO, PASSWORD, administer, claims, log_in, pool, post, refresh, registered, session,
    sign_up, start_on, start_with, until, usual,
};
use crate::{TABLES, execute, somebody, somebody_with};

#[tokio::test]
async fn a_member_signs_up_confirms_and_signs_in() {
    let pool = pool();
    let auth = start_with(&pool).await;
    let signed_up = post(&auth, "/api/auth/signup", somebody()).await.expect(201);
    assert_eq!(signed_up["confirmation"]["delivery"]["medium"], "email");
    assert_eq!(signed_up["access_token"], Value::Null);
    let user = &signed_up["user"];
    assert_eq!((&user["name"], &user["last_login_at"]), (&json!("민지"), &Value::Null));

    log_in(&auth, PASSWORD).await.expect_problem(403, "not-confirmed");
    let code = json!({"email": EMAIL, "code": "123456"});
    post(&auth, "/api/auth/confirm", code).await.expect(204);
    let answer = log_in(&auth, PASSWORD).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let tokens = answer.expect(200);
    assert_eq!(tokens["token_type"], "Bearer");
    assert!((3500..=3600).contains(&tokens["expires_in"].as_i64().unwrap()));
    let (access, id) = (claims(&tokens["access_token"]), claims(&tokens["id_token"]));
    assert_eq!((&access["iss"], &access["token_use"]), (&json!(pool.issuer()), &json!("access")));
    assert_eq!((&access["sub"], &id["token_use"]), (&user["id"], &json!("id")));

    let me = session(&auth, &tokens).get("/api/auth/me").await.expect(200);
    assert_eq!((&me["id"], &me["email"]), (&user["id"], &user["email"]));
    assert!(me["last_login_at"].is_string());
    assert_eq!((&user["email_verified"], &me["email_verified"]), (&json!(false), &json!(true)));
    let theirs = "SELECT FROM users WHERE cognito_sub = sub::text AND password_hash IS NULL";
    assert_eq!(execute(&auth, theirs).await, 1);
    assert_eq!(registered(&auth).await, 1);
}

#[tokio::test]
async fn wrong_and_unknown_look_alike_and_the_tenth_locks() {
    let auth = start_with(&pool()).await;
    sign_up(&auth).await;
    let alike = |answer: testkit::Answer| {
        answer.expect_problem(401, "wrong-credentials");
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        body
    };
    let unknown = json!({"email": "nobody@example.com", "password": PASSWORD});
    let unknown = alike(post(&auth, "/api/auth/login", unknown).await);
    for _ in 0..10 {
        assert_eq!(alike(log_in(&auth, "a wrong password").await), unknown);
    }
    assert_eq!(alike(log_in(&auth, PASSWORD).await), unknown);
    assert_eq!(execute(&auth, "SELECT FROM sessions").await, 0);
}

#[tokio::test]
async fn what_cognito_refuses_at_sign_up_is_named() {
    let mut settings = usual();
    settings["Policies"]["PasswordPolicy"]["RequireNumbers"] = true.into();
    let auth = start_with(&MOTO.pool(&settings.to_string(), false).unwrap()).await;
    let answer = post(&auth, "/api/auth/signup", somebody()).await;
    assert_eq!(answer.expect_problem(422, "invalid-input"), ["/password"]);
    assert_eq!(execute(&auth, "SELECT FROM users").await, 0);

    let body = somebody_with("password", json!("correct horse 1"));
    post(&auth, "/api/auth/signup", body.clone()).await.expect(201);
    for _ in 0..2 {
        let answer = post(&auth, "/api/auth/signup", body.clone()).await;
        assert_eq!(answer.expect_problem(409, "email-taken"), ["/email"]);
        // The second time only Cognito knows.
        execute(&auth, "DELETE FROM users").await;
    }
}

#[tokio::test]
async fn a_sign_up_that_ended_half_way_is_made_whole_by_the_first_sign_in() {
    let auth = start_with(&pool()).await;
    let id = sign_up(&auth).await;
    assert_eq!(execute(&auth, "DELETE FROM users").await, 1);
    let user = log_in(&auth, PASSWORD).await.expect(200)["user"].clone();
    assert_eq!((&user["id"], &user["email"]), (&json!(id), &json!(EMAIL)));
    assert_eq!((&user["name"], &user["locale"]), (&json!("민지"), &json!("ko")));
    assert_eq!((&user["time_zone"], &user["age"]), (&json!("Asia/Seoul"), &Value::Null));
    assert_eq!(registered(&auth).await, 2);
    log_in(&auth, PASSWORD).await.expect(200);
    assert_eq!(registered(&auth).await, 2);
}

#[tokio::test]
async fn a_member_whose_address_changed_at_cognito_is_the_same_member() {
    let pool = pool();
    let auth = start_with(&pool).await;
    let id = sign_up(&auth).await;
    let body = json!({"email": "new@example.com", "password": PASSWORD});
    for (name, value, ours) in
        [("email", "new@example.com", EMAIL), ("email_verified", "true", "new@example.com")]
    {
        let username = if name == "email" { EMAIL } else { "new@example.com" };
        let change = json!({
            "UserPoolId": pool.id, "Username": username,
            "UserAttributes": [{"Name": name, "Value": value}],
        });
        administer("AdminUpdateUserAttributes", change).await;
        let signed_in = post(&auth, "/api/auth/login", body.clone()).await.expect(200);
        let user = &signed_in["user"];
        assert_eq!((&user["id"], &user["email"]), (&json!(id), &json!(ours)));
    }
    assert_eq!(registered(&auth).await, 1);
}

#[tokio::test]
async fn members_of_ours_go_on_when_cognito_comes() {
    let auth = start_with(&pool()).await;
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap();
    let ours = format!(
        "INSERT INTO users (sub, email, name, password_hash, locale, time_zone, created_at, updated_at)
         VALUES (gen_random_uuid(), '{EMAIL}', 'Minji', '{hash}', 'ko', 'Asia/Seoul', now(), now())"
    );
    execute(&auth, &ours).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    assert_eq!(claims(&tokens["access_token"])["iss"], "http://localhost:8000");
    assert_eq!(tokens.get("id_token"), None);
    refresh(&auth, &tokens).await.expect(200);
    let change = json!({"current": PASSWORD, "new": "a new password"});
    session(&auth, &tokens).post("/api/auth/password", change).await.expect(204);
    log_in(&auth, "a new password").await.expect(200);

    let answer = post(&auth, "/api/auth/signup", somebody()).await;
    assert_eq!(answer.expect_problem(409, "email-taken"), ["/email"]);
    let code = json!({"email": EMAIL, "code": "123456"});
    post(&auth, "/api/auth/confirm", code).await.expect_problem(409, "nothing-to-confirm");
    let other = somebody_with("email", json!("other@example.com"));
    let signed_up = post(&auth, "/api/auth/signup", other).await.expect(201);
    assert!(signed_up["confirmation"].is_object());
}

#[tokio::test]
async fn a_client_with_a_secret_proves_that_it_knows_it() {
    // Without aliases the name is the address, which moto hashes as Amazon does.
    let settings = json!({"Policies": usual()["Policies"]});
    let pool = MOTO.pool(&settings.to_string(), true).unwrap();
    let auth = start_with(&pool).await;
    sign_up(&auth).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    refresh(&auth, &tokens).await.expect(200);

    let mut wrong = pool.settings();
    wrong.push(("COGNITO_CLIENT_SECRET", "another".to_owned()));
    let auth = start_on(Database::create(TABLES).await, wrong).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    refresh(&auth, &tokens).await.expect_problem(401, "refresh-refused");
}

#[tokio::test]
async fn every_operation_of_a_client_with_a_secret_carries_the_proof() {
    let mut script = Script::begin().await;
    script.pool.client_id = "client".to_owned();
    script.pool.client_secret = Some("a secret".to_owned());
    let auth = script.start().await;
    script.signs_in(&json!({"origin_jti": uuid::Uuid::new_v4(), "username": "minji"})).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    refresh(&auth, &tokens).await.expect(200);
    session(&auth, &tokens).post("/api/auth/logout", json!({})).await.expect(204);
    let forgot = json!({"email": EMAIL});
    post(&auth, "/api/auth/password/forgot", forgot).await.expect(202);
    until("a letter is asked for", async || !script.asked("ForgotPassword").await.is_empty()).await;
    let reset = json!({"email": EMAIL, "code": "1", "new": "a new password"});
    post(&auth, "/api/auth/password/reset", reset).await;
    until("it is told", async || script.asked("RevokeToken").await.len() == 1).await;
    execute(&auth, "DELETE FROM users").await;
    script.answers("InitiateAuth", error(400, "UserNotConfirmedException"));
    post(&auth, "/api/auth/signup", somebody()).await;
    post(&auth, "/api/auth/confirm", json!({"email": EMAIL, "code": "1"})).await;
    log_in(&auth, PASSWORD).await.expect(403);

    // base64(HMAC-SHA-256(secret, name + client id)), made elsewhere.
    let (of_address, of_name) = (
        "z4+kVHxzOdTTwf58i2sukzVbF/2P+qpSKs+YSX1UDtM=",
        "OZsZtu6EexqCslPh3rm8VnSpaJNKNNDuqy3tDYUEBAI=",
    );
    let proofs: Vec<Value> = script.asked("InitiateAuth").await;
    let proofs: Vec<&Value> =
        proofs.iter().map(|asked| &asked["AuthParameters"]["SECRET_HASH"]).collect();
    assert_eq!(proofs, [of_address, of_name, of_address]);
    for operation in [
        "SignUp",
        "ConfirmSignUp",
        "ResendConfirmationCode",
        "ForgotPassword",
        "ConfirmForgotPassword",
    ] {
        assert_eq!(
            script.asked(operation).await.last().unwrap()["SecretHash"],
            of_address,
            "{operation}"
        );
    }
    assert_eq!(script.asked("RevokeToken").await[0]["ClientSecret"], "a secret");
}

#[tokio::test]
async fn who_was_erased_here_does_not_come_back_by_way_of_cognito() {
    let auth = start_with(&pool()).await;
    sign_up(&auth).await;
    log_in(&auth, PASSWORD).await.expect(200);
    let erase = auth::Command::Erase { email: EMAIL.to_owned() };
    erase.run_on(&auth.database.pool("auth")).await.unwrap();
    log_in(&auth, PASSWORD).await.expect_problem(401, "wrong-credentials");
    assert_eq!(execute(&auth, "SELECT FROM users").await, 0);
}
