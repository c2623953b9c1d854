//! Days on which something is away.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{Platform, TABLES};
use crate::{sign_up, take_test, until};

#[tokio::test]
async fn without_the_catalog_tests_and_quests_go_on_with_what_is_known() {
    let mut platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let token = Some(member.token.as_str());
    let questions = platform.get("/api/psy-test/questions", None).await.expect(200);
    platform.stop("catalog").await;

    platform.get("/api/psy-test/questions", None).await.expect_problem(503, "unavailable");
    let answers: Vec<Value> = questions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| json!({"question_id": item["id"], "value": 4}))
        .collect();
    let body = json!({"instrument": "mini-ipip-20", "answers": answers});
    platform.post("/api/psy-test/submit", token, body).await.expect(201);
    let home = platform.get("/api/home", token).await.expect(200);
    assert_eq!(home["quests"].as_array().unwrap().len(), 3);
    assert!(platform.get("/api/health", None).await.expect(503).is_object());
}

#[tokio::test]
async fn without_analysis_home_still_answers() {
    let mut platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let token = Some(member.token.as_str());
    platform.stop("analysis").await;
    let home = platform.get("/api/home", token).await.expect(200);
    assert_eq!(home["quests"].as_array().unwrap().len(), 3);
    let away = platform.get("/api/analysis-results", token).await;
    away.expect_problem(503, "unavailable");
    assert!(away.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn without_auth_who_is_signed_in_goes_on() {
    let mut platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    platform.stop("auth").await;
    platform.get("/api/home", Some(&member.token)).await.expect(200);
    let body = json!({"email": "minji@example.com", "password": "correct horse battery"});
    platform.post("/api/auth/login", None, body).await.expect_problem(503, "unavailable");
}

#[tokio::test]
async fn without_the_database_everything_says_so_and_comes_back() {
    let cluster = tokio::task::spawn_blocking(testkit::cluster).await.unwrap();
    let platform = Platform::start_on(cluster.database(TABLES).await).await;
    let member = sign_up(&platform, "minji").await;
    let token = Some(member.token.as_str());
    let result = take_test(&platform, &member).await;
    platform.get("/api/home", token).await.expect(200);

    cluster.stop().unwrap();
    let latest = format!("/api/analysis-results/{}", result["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::GET, "/api/home", Value::Null),
        (Method::GET, "/api/auth/me", Value::Null),
        (Method::GET, latest.as_str(), Value::Null),
        (
            Method::POST,
            "/api/auth/login",
            json!({"email": "a@example.com", "password": "8 letters"}),
        ),
        (
            Method::POST,
            "/api/auth/signup",
            json!({
                "email": "b@example.com", "password": "8 letters", "name": "B", "over_14": true,
            }),
        ),
    ] {
        let answer = platform.send(&method, path, token, &body).await;
        assert_eq!(answer.status, 503, "{path}");
        answer.expect_problem(503, "unavailable");
        assert!(answer.headers.contains_key("retry-after"), "{path}");
    }
    // What is known goes on being read.
    platform.get("/api/psy-test/questions", None).await.expect(200);

    cluster.start().unwrap();
    until(async || (platform.get("/api/home", token).await.status == 200).then_some(())).await;
    until(async || (platform.get("/api/auth/me", token).await.status == 200).then_some(())).await;
}
