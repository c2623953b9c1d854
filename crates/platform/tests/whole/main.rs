//! What only the whole platform can promise: every service and the gateway in one process, on a real PostgreSQL, asked on
//! the public port.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

mod access;
mod account;
mod bad_days;
mod cognito;
mod contracts;
mod distribution;
mod documents;
mod first_day;
mod keys;
mod members;
mod migrations;
mod operations;
mod platform;
mod restored;
mod revocations;
mod roles;
mod telemetry;
mod topics;

use serde_json::{Value, json};

use crate::platform::Platform;

/// A member who has signed up through the door.
struct Member {
    id: String,
    token: String,
}

async fn sign_up(platform: &Platform, name: &str) -> Member {
    let body = json!({
        "email": format!("{name}@example.com"), "password": "correct horse battery", "name": name,
        "age": 30, "locale": "ko", "time_zone": "Asia/Seoul",
    });
    let answer = platform.post("/api/auth/signup", None, body).await.expect(201);
    Member {
        id: answer["user"]["id"].as_str().unwrap().to_owned(),
        token: answer["access_token"].as_str().unwrap().to_owned(),
    }
}

/// Answers the short test.
async fn take_test(platform: &Platform, member: &Member) -> Value {
    take(platform, member, "mini-ipip-20").await
}

/// Answers a test: everybody answers as the item's number says, so that results differ by item and not by chance.
async fn take(platform: &Platform, member: &Member, instrument: &str) -> Value {
    let path = format!("/api/psy-test/questions?instrument={instrument}");
    let questions = platform.get(&path, None).await.expect(200);
    let items = questions["items"].as_array().unwrap();
    let answers: Vec<Value> = items
        .iter()
        .map(|item| json!({"question_id": item["id"], "value": item["id"].as_i64().unwrap() % 5 + 1}))
        .collect();
    let body = json!({"instrument": questions["instrument"], "answers": answers});
    platform.post("/api/psy-test/submit", Some(&member.token), body).await.expect(201)
}

/// Asks until an answer holds; what follows from a change travels as an event.
async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(held) = ask().await {
            return held;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never came to hold");
}
