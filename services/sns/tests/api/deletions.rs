//! Deletions that a provider asks for.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::oauth::support::{Provider, connect};
use crate::{World, eventually, somebody};

fn signed(id: &str, secret: &str) -> String {
    let payload = json!({"algorithm": "HMAC-SHA256", "user_id": id, "issued_at": 1});
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, payload.as_bytes()));
    format!("{signature}.{payload}")
}

async fn ask(world: &World, signed_request: &str) -> Answer {
    let request = world.sns.as_stranger();
    let request = request.request(Method::POST, "/api/sns/oauth/elsewhere/deletion");
    let form = format!("signed_request={signed_request}");
    Answer::of(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

#[tokio::test]
async fn a_provider_that_signs_has_what_came_from_it_erased() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    world.import(user_id, &account).await;
    for forged in [signed("minji", "a guess"), "x.y".to_owned(), String::new()] {
        ask(&world, &forged).await.expect_problem(401, "signature-refused");
    }
    assert!(world.account(user_id, &account["id"]).await.is_some());
    // Whom nobody knows there is nothing of.
    ask(&world, &signed("somebody else", "a secret between us")).await.expect(200);
    assert_eq!(world.count("SELECT FROM sns.sns_posts").await, 5);

    let answer = ask(&world, &signed("minji", "a secret between us")).await.expect(200);
    let code = answer["confirmation_code"].as_str().unwrap();
    let path = format!("/api/sns/deletions/{code}");
    assert_eq!(answer["url"], format!("http://localhost:8000{path}"));
    let done = world.sns.as_stranger().get(&path).await.expect(200);
    assert_eq!(done["done_at"], world.sns.clock.now().to_string());
    assert_eq!(world.count("SELECT FROM sns.sns_posts").await, 0);
    assert_eq!(world.told(user_id).await.pop().unwrap()["topics"], Value::Array(Vec::new()));
    eventually("it is gone", async || world.account(user_id, &account["id"]).await.is_none()).await;
    assert_eq!(provider.asked("revoked").await, 1, "the provider's own token too");
    let unknown = "/api/sns/deletions/0193f2a0-0000-7000-8000-000000000000";
    world.sns.as_stranger().get(unknown).await.expect_problem(404, "not-found");
}
