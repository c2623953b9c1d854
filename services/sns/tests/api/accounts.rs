//! Connecting accounts by an address.

use serde_json::json;

use crate::{World, somebody};

#[tokio::test]
async fn an_account_is_connected_by_what_people_type_and_is_unconfirmed() {
    let world = World::start(&[]).await;
    let user_id = somebody();
    let account = world.connect(user_id, "naver-blog", "https://blog.naver.com/minji/1").await;
    assert_eq!(account["address"], "https://rss.blog.naver.com/minji.xml");
    assert_eq!(
        (&account["state"], &account["confirmed_at"]),
        (&json!("unconfirmed"), &json!(null))
    );
    let proof = account["proof"].as_str().unwrap();
    assert!(proof.starts_with("damacorch-"), "{proof}");
    assert_eq!(world.account(user_id, &account["id"]).await, Some(account.clone()));

    let again = json!({"channel": "naver-blog", "address": "minji"});
    let again = world.member(user_id).post("/api/me/sns-accounts", again).await;
    again.expect_problem(409, "already-connected");
    // Somebody else may say that it is theirs, as long as nobody has shown it.
    let other = world.connect(somebody(), "naver-blog", "minji").await;
    assert_ne!(other["proof"], account["proof"]);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let world = World::start(&[]).await;
    let user_id = somebody();
    for (body, pointer) in [
        (json!({"channel": "nowhere", "address": "minji"}), "/channel"),
        (json!({"channel": "x", "address": "minji"}), "/channel"),
        (json!({"channel": "tistory", "address": "https://example.org"}), "/address"),
        (json!({"channel": "feed", "address": "https://a:b@example.org/"}), "/address"),
        (json!({"channel": "feed", "address": ""}), "/address"),
    ] {
        let refused = world.member(user_id).post("/api/me/sns-accounts", body.clone()).await;
        assert_eq!(refused.expect_problem(422, "invalid-input"), [pointer], "{body}");
    }
    let read_only = json!({"channel": "tistory", "address": "minji", "state": "confirmed"});
    let refused = world.member(user_id).post("/api/me/sns-accounts", read_only).await;
    assert_eq!(refused.expect_problem(400, "malformed-body"), ["/state"]);
}

#[tokio::test]
async fn a_key_connects_once_and_twenty_are_enough() {
    let world = World::start(&[]).await;
    let user_id = somebody();
    let body = json!({"channel": "tistory", "address": "minji0"});
    let ask =
        async || world.member(user_id).post_once("/api/me/sns-accounts", "k", body.clone()).await;
    let first = ask().await;
    first.expect(201);
    assert_eq!(ask().await.body, first.body);
    for number in 1..20 {
        world.connect(user_id, "tistory", &format!("minji{number}")).await;
    }
    let body = json!({"channel": "tistory", "address": "minji20"});
    let refused = world.member(user_id).post("/api/me/sns-accounts", body).await;
    refused.expect_problem(409, "too-many-accounts");
}
