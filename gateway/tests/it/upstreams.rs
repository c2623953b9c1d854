//! Services that are away, slow, or close their connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::{House, file, problem, read_all, table, until};

const ROUTES: &[&str] = &[
    r#"{ method = "GET", path = "/quest", kind = "public", upstream = "quest", timeout_ms = 300, body_limit = 0, rate = "read" },"#,
    r#"{ method = "POST", path = "/quest", kind = "public", upstream = "quest", timeout_ms = 300, body_limit = 99, rate = "read" },"#,
    r#"{ method = "POST", path = "/mine", kind = "member", upstream = "quest", timeout_ms = 300, body_limit = 99, rate = "read" },"#,
    r#"{ method = "GET", path = "/catalog", kind = "public", upstream = "catalog", timeout_ms = 300, body_limit = 0, rate = "read" },"#,
];

/// A house whose quest is somewhere else.
async fn house(quest: &str) -> House {
    let routes = file(&table(ROUTES));
    House::with(&[
        ("ROUTE_TABLE", routes.to_str().unwrap()),
        ("QUEST_BASE_URL", quest),
    ])
    .await
}

/// Where nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// What a fickle service does with the second request on a connection.
#[derive(Clone, Copy)]
enum Then {
    /// Reads it and closes.
    Closes,
    /// Reads it and resets.
    Resets,
}

/// Answers the first request on each connection, keeps it open, and leaves at the second. Counts what it read.
async fn fickle(then: Then) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                for request in 0.. {
                    if !matches!(stream.read(&mut buffer).await, Ok(1..)) {
                        return;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                    if request == 1 {
                        if matches!(then, Then::Resets) {
                            stream.set_zero_linger().unwrap();
                        }
                        return;
                    }
                    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=9\r\n\
                                  Connection: keep-alive, X-Secret\r\nX-Secret: 1\r\n\r\nhi";
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, read)
}

#[tokio::test]
async fn a_connection_that_went_stale_costs_no_read() {
    for then in [Then::Closes, Then::Resets] {
        let (quest, read) = fickle(then).await;
        let house = house(&quest).await;
        for _ in 0..20 {
            let answer = house.get("/quest").send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let headers = answer.headers().clone();
            assert!(
                !headers.contains_key("x-secret") && !headers.contains_key("keep-alive"),
                "{headers:?}"
            );
            assert_eq!(answer.text().await.unwrap(), "hi");
        }
        assert!(
            read.load(Ordering::Relaxed) > 20,
            "no connection went stale"
        );
    }
}

#[tokio::test]
async fn a_write_is_sent_again_only_with_a_members_key() {
    let (quest, read) = fickle(Then::Closes).await;
    let house = house(&quest).await;
    let token = house.token(&[]);
    let post = async |path: &str, key: bool, body: &'static str| {
        assert_eq!(
            house.get("/quest").send().await.unwrap().status(),
            200,
            "a pooled connection"
        );
        let before = read.load(Ordering::Relaxed);
        let mut request = house.post(path).bearer_auth(&token).body(body);
        if key {
            request = request.header("idempotency-key", "1");
        }
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            read.load(Ordering::Relaxed) - before,
        )
    };
    assert_eq!(
        post("/mine", true, "").await,
        (200, 2),
        "a member's, with a key"
    );
    // The pool now holds a connection that was used once for nothing: the next read goes through it.
    assert_eq!(post("/mine", false, "").await, (503, 1), "without a key");
    assert_eq!(post("/quest", true, "").await, (503, 1), "not a member's");
    assert_eq!(
        post("/mine", true, "{}").await,
        (503, 1),
        "a body that is gone"
    );
}

#[tokio::test]
async fn a_service_that_is_away_is_a_503_at_once_and_only_its_own() {
    let house = house(&nowhere().await).await;
    for _ in 0..20 {
        let began = Instant::now();
        let answer = house.get("/quest").send().await.unwrap();
        assert!(began.elapsed() < Duration::from_millis(250));
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "2");
        assert_eq!(problem(answer).await, "unavailable");
        assert_eq!(house.get("/catalog").send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_service_that_is_late_is_a_503_at_the_deadline() {
    let service = crate::support::Service::start();
    let house = house(&service.url).await;
    let began = Instant::now();
    let answer = house.get("/quest?delay_ms=5000").send().await.unwrap();
    let took = began.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_millis(1000),
        "{took:?}"
    );
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(
        service.seen().len(),
        1,
        "a late answer is not asked for twice"
    );
}

#[tokio::test]
async fn the_circuit_opens_probes_and_closes() {
    let service = crate::support::Service::start();
    let house = house(&service.url).await;
    let slow = async || {
        house
            .get("/quest?delay_ms=5000")
            .send()
            .await
            .unwrap()
            .status()
    };
    let quick = async || house.get("/quest").send().await.unwrap().status();
    for _ in 0..5 {
        assert_eq!(slow().await, 503);
    }
    service.seen();
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(quick().await, 503);
    }
    assert!(
        began.elapsed() < Duration::from_millis(250),
        "open: nobody waits"
    );
    assert!(service.seen().is_empty(), "open: nobody asks");
    assert!(
        gauge(&house)
            .await
            .contains("gateway_upstream_circuit_open{upstream=\"quest\"} 1")
    );

    tokio::time::sleep(Duration::from_millis(2100)).await;
    let mut probes = JoinSet::new();
    for _ in 0..10 {
        probes.spawn(house.get("/quest?delay_ms=5000").send());
    }
    let answers = probes.join_all().await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().status() == 503)
    );
    assert_eq!(service.seen().len(), 1, "half open: one asks");

    until("the circuit closes", async || quick().await == 200).await;
    assert_eq!(quick().await, 200);
    assert!(
        gauge(&house)
            .await
            .contains("gateway_upstream_circuit_open{upstream=\"quest\"} 0")
    );
}

#[tokio::test]
async fn errors_that_a_service_speaks_do_not_open_its_circuit() {
    let service = crate::support::Service::start();
    let house = house(&service.url).await;
    for _ in 0..20 {
        assert_eq!(
            house
                .get("/quest?status=500")
                .send()
                .await
                .unwrap()
                .status(),
            500
        );
    }
    assert_eq!(house.get("/quest").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_client_that_hangs_up_is_not_the_services_failure() {
    let service = crate::support::Service::start();
    let house = house(&service.url).await;
    for _ in 0..10 {
        let request = house
            .get("/quest?delay_ms=5000")
            .timeout(Duration::from_millis(50));
        assert!(request.send().await.unwrap_err().is_timeout());
    }
    assert_eq!(house.get("/quest").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_passed_on_as_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let house = house(&format!("http://{}", listener.local_addr().unwrap())).await;
    for (stalls, framing) in [
        (false, "Content-Length: 10"),
        (true, "Content-Length: 10"),
        (true, "Transfer-Encoding: chunked"),
    ] {
        let request = tokio::spawn(house.get("/quest").send());
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n5\r\nab");
        stream.write_all(head.as_bytes()).await.unwrap();
        let began = Instant::now();
        let stalled = if stalls { Some(stream) } else { None };
        let answer = request.await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.bytes().await.is_err(), "{framing}");
        assert!(began.elapsed() < Duration::from_secs(1));
        drop(stalled);
    }
}

#[tokio::test]
async fn health_says_what_each_service_answers_now() {
    let house = House::with(&[("QUEST_BASE_URL", &nowhere().await)]).await;
    let health = async |path: &str| {
        let answer = house.get(path).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
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
    assert_eq!(
        answer.json::<Value>().await.unwrap()["services"]["quest"]["status"],
        "unavailable"
    );
}

#[tokio::test]
async fn a_service_that_hangs_does_not_hang_the_health_page() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let house = House::with(&[(
        "QUEST_BASE_URL",
        &format!("http://{}", listener.local_addr().unwrap()),
    )])
    .await;
    let began = Instant::now();
    let answer = house.get("/health").send().await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(1500));
    assert_eq!(
        answer.json::<Value>().await.unwrap()["services"]["quest"]["status"],
        "away"
    );
}

async fn gauge(house: &House) -> String {
    let mut stream = TcpStream::connect(house.gateway.admin_address)
        .await
        .unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    read_all(&mut stream).await
}
