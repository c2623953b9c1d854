//! What clients show around the product.

use serde_json::{Value, json};

use crate::{execute, sign_up, somebody, start};

fn settings(name: &str) -> Value {
    json!({
        "service_name": name, "logo_url": "https://example.com/logo.svg",
        "support": {"email": "help@example.com", "url": null, "lines": [
            {"name": "상담", "phone": "109", "hours": "24시간"},
        ]},
    })
}

#[tokio::test]
async fn an_admin_writes_what_everybody_reads() {
    let auth = start().await;
    let admin = sign_up(&auth, somebody()).await;
    let before = auth.as_stranger().get("/api/app-settings/public").await;
    assert_eq!(before.expect(200)["support"]["lines"][0]["phone"], "109");

    auth.as_admin(admin.id).put("/api/app-settings", settings("다마코치")).await.expect(200);
    let after = auth.as_stranger().get("/api/app-settings/public").await;
    assert_eq!(after.expect(200), settings("다마코치"));

    let request = auth.as_stranger().request(reqwest::Method::GET, "/api/app-settings/public");
    let known = request.header("if-none-match", after.headers["etag"].clone());
    let answer = testkit::Answer::of(known).await;
    answer.expect(304);
    assert_ne!(before.headers["etag"], after.headers["etag"]);
}

#[tokio::test]
async fn who_has_read_an_older_version_is_told() {
    let auth = start().await;
    let admin = sign_up(&auth, somebody()).await;
    let read = auth.as_stranger().get("/api/app-settings/public").await.headers["etag"].clone();
    let put = async |name: &str| {
        let request = auth.as_admin(admin.id).request(reqwest::Method::PUT, "/api/app-settings");
        testkit::Answer::of(request.header("if-match", read.clone()).json(&settings(name))).await
    };
    put("first").await.expect(200);
    put("second").await.expect_problem(412, "settings-changed");
}

#[tokio::test]
async fn a_writer_may_name_several_versions_or_any() {
    let auth = start().await;
    let admin = sign_up(&auth, somebody()).await;
    let put = async |expected: &str| {
        let request = auth.as_admin(admin.id).request(reqwest::Method::PUT, "/api/app-settings");
        testkit::Answer::of(request.header("if-match", expected).json(&settings("x"))).await
    };
    let read = auth.as_stranger().get("/api/app-settings/public").await.headers["etag"].clone();
    let read = read.to_str().unwrap();
    put(&format!("W/{read}")).await.expect_problem(412, "settings-changed");
    let written = put(&format!("\"other\", {read}")).await;
    written.expect(200);
    let now = auth.as_stranger().get("/api/app-settings/public").await;
    assert_eq!(written.headers["etag"], now.headers["etag"]);
    put("*").await.expect(200);
}

#[tokio::test]
async fn what_a_newer_version_has_written_is_read_and_kept() {
    let auth = start().await;
    let admin = sign_up(&auth, somebody()).await;
    let newer = r#"INSERT INTO app_settings VALUES (true, 1, '{"service_name": "later",
        "theme": "dark", "support": {"email": null, "url": null, "lines": [], "chat": "yes"}}', now())"#;
    execute(&auth, newer).await;
    let found = async || auth.as_stranger().get("/api/app-settings/public").await.expect(200);
    let read = found().await;
    assert_eq!((&read["service_name"], &read["theme"]), (&json!("later"), &json!("dark")));
    assert_eq!(read["logo_url"], Value::Null, "what it has left out is as before");

    auth.as_admin(admin.id).put("/api/app-settings", settings("now")).await.expect(200);
    let mut kept = settings("now");
    kept["theme"] = json!("dark");
    kept["support"]["chat"] = json!("yes");
    assert_eq!(found().await, kept);
}

#[tokio::test]
async fn only_an_admin_writes_and_every_wrong_field_is_named() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let answer = auth.as_member(member.id).put("/api/app-settings", settings("x")).await;
    answer.expect_problem(403, "forbidden");
    let answer = auth.as_member(member.id).put("/api/app-settings", json!({"wrong": true})).await;
    answer.expect_problem(403, "forbidden");
    auth.as_stranger().put("/api/app-settings", settings("x")).await.expect(401);

    let mut wrong = settings("");
    wrong["logo_url"] = json!("not a url");
    wrong["support"]["lines"][0]["phone"] = json!("");
    let answer = auth.as_admin(member.id).put("/api/app-settings", wrong).await;
    let named = answer.expect_problem(422, "invalid-input");
    assert_eq!(named, ["/logo_url", "/service_name", "/support/lines/0/phone"]);
}
