//! Promise 29: which web pages may call.

use reqwest::header::HeaderMap;

use crate::support::{House, problem};

const APP: &str = "https://app.test";

async fn house() -> House {
    House::with(&[("CORS_ORIGINS", "https://app.test,http://localhost:3000")]).await
}

async fn preflight(house: &House, path: &str, origin: &str) -> reqwest::Response {
    let request = house.http.request(reqwest::Method::OPTIONS, house.url(path));
    let request = request.header("origin", origin).header("access-control-request-method", "PUT");
    request.header("access-control-request-headers", "authorization").send().await.unwrap()
}

fn never_too_open(headers: &HeaderMap) {
    assert!(!headers.contains_key("access-control-allow-credentials"));
    assert!(headers.get("access-control-allow-origin").is_none_or(|origin| origin != "*"));
}

#[tokio::test]
async fn a_listed_page_may_ask() {
    let house = house().await;
    let answer = preflight(&house, "/api/quests/goal", APP).await;
    assert_eq!(answer.status(), 204);
    let headers = answer.headers();
    assert_eq!(headers["access-control-allow-origin"], APP);
    assert_eq!(headers["access-control-allow-methods"], "GET, HEAD, PUT");
    let allowed = headers["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    for needed in ["authorization", "content-type", "idempotency-key"] {
        assert!(allowed.contains(needed), "{needed}");
    }
    never_too_open(headers);
    assert!(house.service.seen().is_empty(), "a preflight is answered here");
}

#[tokio::test]
async fn a_listed_page_may_read_answers_and_errors() {
    let house = house().await;
    for (path, status) in [("/api/characters", 200), ("/api/home", 401), ("/api/nowhere", 404)] {
        let answer = house.get(path).header("origin", APP).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["access-control-allow-origin"], APP, "{path}");
        assert!(
            answer.headers()["access-control-expose-headers"]
                .to_str()
                .unwrap()
                .contains("RateLimit")
        );
        assert!(answer.headers().get_all("vary").iter().any(|vary| vary == "Origin"));
        never_too_open(answer.headers());
    }
}

#[tokio::test]
async fn another_page_may_not() {
    let house = house().await;
    for origin in [
        "https://evil.test",
        "https://app.test.evil.test",
        "http://app.test",
        "null",
        "https://APP.test",
    ] {
        let answer = preflight(&house, "/api/quests/goal", origin).await;
        assert_eq!(answer.status(), 403, "{origin}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{origin}");
        assert_eq!(problem(answer).await, "origin-not-allowed");
        let answer = house.get("/api/characters").header("origin", origin).send().await.unwrap();
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{origin}");
    }
}

#[tokio::test]
async fn without_a_list_no_page_may() {
    let house = House::start().await;
    assert_eq!(preflight(&house, "/api/quests/goal", APP).await.status(), 403);
    let answer = house.get("/api/characters").header("origin", APP).send().await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}
