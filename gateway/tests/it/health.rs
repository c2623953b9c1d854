//! What the health page says.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{House, nowhere};

#[tokio::test]
async fn health_says_what_each_service_answers_now() {
    let house = House::with(&[("QUEST_BASE_URL", &nowhere().await)]).await;
    let health = async |path: &str| {
        let answer = house.get(path).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    for path in ["/health", "/api/health", "/health/"] {
        let (status, body) = health(path).await;
        assert_eq!((status, &body["status"]), (503, &"unavailable".into()));
        assert_eq!(body["services"]["quest"]["status"], "away");
        assert_eq!(body["services"]["auth"]["status"], "ok");
        assert!(body["services"]["auth"]["latency_ms"].as_f64().unwrap() > 0.0);
    }
    let house = House::start().await;
    let answer = house.get("/health").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["status"], "ok");
    *house.service.script.unwell.lock().unwrap() = true;
    let answer = house.get("/health").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.json::<Value>().await.unwrap()["services"]["quest"]["status"], "unavailable");
}

#[tokio::test]
async fn a_service_that_hangs_does_not_hang_the_health_page() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let house =
        House::with(&[("QUEST_BASE_URL", &format!("http://{}", listener.local_addr().unwrap()))])
            .await;
    let began = Instant::now();
    let answer = house.get("/health").send().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(answer.json::<Value>().await.unwrap()["services"]["quest"]["status"], "away");
}
