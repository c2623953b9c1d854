//! Signing up, and what any field may hold.

use serde_json::{Value, json};

use crate::{log_in, sign_up, somebody, somebody_with, start};

#[tokio::test]
async fn signing_up_makes_a_member_who_is_signed_in() {
    let auth = start().await;
    let answer = auth.as_stranger().post("/api/auth/signup", somebody()).await;
    let body = answer.expect(201);
    insta::assert_json_snapshot!(body, {
        ".access_token" => "[token]", ".refresh_token" => "[token]", ".user.id" => "[id]",
        ".user.created_at" => "[time]", ".user.updated_at" => "[time]", ".user.last_login_at" => "[time]",
    });
    assert_eq!(answer.headers["cache-control"], "no-store");

    let member = crate::member(&body);
    let me = auth.as_member(member.id).get("/api/auth/me").await.expect(200);
    assert_eq!(me, body["user"]);
}

#[tokio::test]
async fn what_is_left_out_at_sign_up_has_a_default() {
    let auth = start().await;
    let body = json!({
        "email": "a@example.com", "password": "8 letters", "name": "  A  ", "over_14": true,
    });
    let request = auth.as_stranger().request(reqwest::Method::POST, "/api/auth/signup");
    let request = request.header("accept-language", "en-GB,en;q=0.9").json(&body);
    let user = testkit::Answer::of(request).await.expect(201)["user"].clone();
    assert_eq!(user["locale"], "en-GB");
    assert_eq!(user["time_zone"], "Asia/Seoul");
    assert_eq!((&user["age"], &user["gender"]), (&Value::Null, &Value::Null));
    assert_eq!(user["name"], "A");
}

#[tokio::test]
async fn every_wrong_field_of_a_sign_up_is_named() {
    let auth = start().await;
    let wrong = json!({
        "email": "nobody", "password": "short", "name": " ", "age": 13, "gender": "",
        "locale": "k", "time_zone": "Asia/Atlantis",
    });
    let pointers = auth
        .as_stranger()
        .post("/api/auth/signup", wrong)
        .await
        .expect_problem(422, "invalid-input");
    assert_eq!(
        pointers,
        ["/age", "/email", "/gender", "/locale", "/name", "/password", "/time_zone"]
    );
}

#[tokio::test]
async fn one_wrong_field_is_named_alone() {
    let auth = start().await;
    for (field, value, status, pointer) in [
        ("age", json!(13), 422, "/age"),
        ("age", json!(121), 422, "/age"),
        ("age", Value::Null, 422, "/age"),
        ("age", json!("29"), 400, "/age"),
        ("over_14", json!(false), 422, "/over_14"),
        ("email", Value::Null, 400, "/email"),
        ("password", json!("x".repeat(129)), 422, "/password"),
        ("name", json!("x".repeat(101)), 422, "/name"),
        ("role", json!("admin"), 400, "/role"),
        ("roles", json!(["admin"]), 400, "/roles"),
        ("user_id", json!("0193"), 400, "/user_id"),
        ("time_zone", json!("+09:00"), 422, "/time_zone"),
    ] {
        let body = somebody_with(field, value.clone());
        let answer = auth.as_stranger().post("/api/auth/signup", body).await;
        let code = if status == 400 { "malformed-body" } else { "invalid-input" };
        assert_eq!(answer.expect_problem(status, code), [pointer], "{field} {value}");
    }
}

#[tokio::test]
async fn an_address_is_taken_without_case() {
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    let again = somebody_with("email", json!("MINJI@Example.com"));
    let answer = auth.as_stranger().post("/api/auth/signup", again).await;
    assert_eq!(answer.expect_problem(409, "email-taken"), ["/email"]);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_the_reason() {
    let auth = start().await;
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = auth.as_stranger().request(reqwest::Method::POST, "/api/auth/signup");
        testkit::Answer::of(request.header("content-type", kind).body(body))
    };
    let json = somebody().to_string().into_bytes();
    post("application/json", b"{\"email\":".to_vec()).await.expect_problem(400, "malformed-body");
    post("application/json", Vec::new()).await.expect_problem(400, "malformed-body");
    post("text/plain", json.clone()).await.expect_problem(415, "unsupported-media-type");
    post("application/json", vec![b' '; 10_000_000]).await.expect_problem(413, "body-too-large");
    let deep = "[".repeat(100_000).into_bytes();
    post("application/json", deep[..60_000].to_vec()).await.expect_problem(400, "malformed-body");
    post("application/json; charset=utf-8", json).await.expect(201);
}

#[tokio::test]
async fn our_accounts_need_no_confirmation() {
    let auth = start().await;
    let body = json!({"email": "minji@example.com", "code": "123456"});
    let answer = auth.as_stranger().post("/api/auth/confirm", body).await;
    answer.expect_problem(409, "nothing-to-confirm");
}

#[tokio::test]
async fn text_that_no_database_keeps_is_named() {
    let auth = start().await;
    let mut body = somebody_with("name", json!("민\0지"));
    body["gender"] = json!("\0");
    let answer = auth.as_stranger().post("/api/auth/signup", body).await;
    assert_eq!(answer.expect_problem(422, "invalid-input"), ["/gender", "/name"]);
    let answer = log_in(&auth, "minji\0@example.com", "correct horse battery").await;
    assert_eq!(answer.expect_problem(422, "invalid-input"), ["/email"]);
}

#[tokio::test]
async fn sql_in_any_field_is_just_text() {
    let auth = start().await;
    let sql = "'); DROP TABLE users; --";
    let mut body = somebody_with("name", json!(sql));
    body["gender"] = json!("'; DELETE --");
    body["password"] = json!(sql);
    let member = sign_up(&auth, body).await;
    let me = auth.as_member(member.id).get("/api/auth/me").await.expect(200);
    assert_eq!((&me["name"], &me["gender"]), (&json!(sql), &json!("'; DELETE --")));
    let body = json!({"email": "' OR 1=1 --", "password": sql});
    auth.as_stranger().post("/api/auth/login", body).await.expect(401);
    let body = json!({"email": "minji@example.com", "password": sql});
    auth.as_stranger().post("/api/auth/login", body).await.expect(200);
}
