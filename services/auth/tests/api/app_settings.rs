//! What clients show around the product.

use serde_json::{Value, json};

use crate::{sign_up, somebody, start};

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
