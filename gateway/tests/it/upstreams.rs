//! Services that are away, slow, or close their connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::support::{House, Service, file, nowhere, problem, read_all, table, until};

const ROUTES: &[&str] = &[
    r#"{ method = "GET", path = "/quest", kind = "public", upstream = "quest", timeout_ms = 300, body_limit = 0, rate = "read" },"#,
    r#"{ method = "POST", path = "/quest", kind = "public", upstream = "quest", timeout_ms = 300, body_limit = 99, rate = "read" },"#,
    r#"{ method = "POST", path = "/mine", kind = "member", upstream = "quest", timeout_ms = 300, body_limit = 99, rate = "read" },"#,
    r#"{ method = "GET", path = "/catalog", kind = "public", upstream = "catalog", timeout_ms = 300, body_limit = 0, rate = "read" },"#,
];

/// A house whose quest is somewhere else.
async fn house(quest: &str) -> House {
    let routes = file(&table(ROUTES));
    House::with(&[("ROUTE_TABLE", routes.to_str().unwrap()), ("QUEST_BASE_URL", quest)]).await
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
                    // So that requests at the same time take a connection each.
                    sleep(Duration::from_millis(20)).await;
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
        let pool = join_all((0..8).map(|_| house.get("/quest").send())).await;
        assert!(pool.iter().all(|answer| answer.as_ref().unwrap().status() == 200));
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
        assert!(read.load(Ordering::Relaxed) > 28, "no connection went stale");
    }
}

#[tokio::test]
async fn a_write_is_sent_again_only_with_a_members_key() {
    let (quest, read) = fickle(Then::Closes).await;
    let house = house(&quest).await;
    let token = house.token(&[]);
    let post = async |path: &str, key: bool, body: &'static str| {
        assert_eq!(house.get("/quest").send().await.unwrap().status(), 200, "a pooled connection");
        let before = read.load(Ordering::Relaxed);
        let mut request = house.post(path).bearer_auth(&token).body(body);
        if key {
            request = request.header("idempotency-key", "1");
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), read.load(Ordering::Relaxed) - before)
    };
    assert_eq!(post("/mine", true, "").await, (200, 2), "a member's, with a key");
    // The pool now holds a connection that was used once for nothing: the next read goes through it.
    assert_eq!(post("/mine", false, "").await, (503, 1), "without a key");
    assert_eq!(post("/quest", true, "").await, (503, 1), "not a member's");
    assert_eq!(post("/mine", true, "{}").await, (503, 1), "a body that is gone");
}

#[tokio::test]
async fn a_service_that_is_away_is_a_503_at_once_and_only_its_own() {
    let house = house(&nowhere().await).await;
    for _ in 0..20 {
        let began = Instant::now();
        let answer = house.get("/quest").send().await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(4));
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "2");
        assert_eq!(problem(answer).await, "unavailable");
        assert_eq!(house.get("/catalog").send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_service_that_is_late_is_a_503_at_the_deadline() {
    let service = Service::start();
    let house = house(&service.url).await;
    let began = Instant::now();
    let answer = house.get("/quest?delay_ms=5000").send().await.unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(2), "{took:?}");
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(service.seen().len(), 1, "a late answer is not asked for twice");
}

#[tokio::test]
async fn the_circuit_opens_probes_and_closes() {
    let service = Service::start();
    let house = house(&service.url).await;
    let slow = async || house.get("/quest?delay_ms=5000").send().await.unwrap().status();
    let quick = async || house.get("/quest").send().await.unwrap().status();
    for _ in 0..5 {
        assert_eq!(slow().await, 503);
    }
    service.seen();
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(quick().await, 503);
    }
    assert!(began.elapsed() < Duration::from_secs(3), "open: nobody waits");
    assert!(service.seen().is_empty(), "open: nobody asks");
    assert!(gauge(&house).await.contains("gateway_upstream_circuit_open{upstream=\"quest\"} 1"));

    sleep(Duration::from_millis(2100)).await;
    let mut probes = JoinSet::new();
    for _ in 0..10 {
        probes.spawn(house.get("/quest?delay_ms=5000").send());
    }
    let answers = probes.join_all().await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status() == 503));
    assert_eq!(service.seen().len(), 1, "half open: one asks");

    until("the circuit closes", async || quick().await == 200).await;
    assert_eq!(quick().await, 200);
    assert!(gauge(&house).await.contains("gateway_upstream_circuit_open{upstream=\"quest\"} 0"));
}

#[tokio::test]
async fn errors_that_a_service_speaks_do_not_open_its_circuit() {
    let service = Service::start();
    let house = house(&service.url).await;
    for _ in 0..20 {
        assert_eq!(house.get("/quest?status=500").send().await.unwrap().status(), 500);
    }
    assert_eq!(house.get("/quest").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_redirect_is_the_clients_to_follow() {
    let service = Service::start();
    let house = house(&service.url).await;
    let answer = house.get("/quest?status=302").send().await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "http://127.0.0.1:1/elsewhere");
}

#[tokio::test]
async fn a_client_that_hangs_up_is_not_the_services_failure() {
    let service = Service::start();
    let house = house(&service.url).await;
    for _ in 0..10 {
        let request = house.get("/quest?delay_ms=5000").timeout(Duration::from_millis(50));
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
        (false, "Transfer-Encoding: chunked"),
    ] {
        let request = tokio::spawn(house.get("/quest").send());
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n5\r\nab");
        stream.write_all(head.as_bytes()).await.unwrap();
        let stalled = if stalls { Some(stream) } else { None };
        let answer = request.await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
        let whole = timeout(Duration::from_secs(5), answer.bytes()).await;
        assert!(whole.expect("it ends").is_err(), "{framing}");
        drop(stalled);
    }
}

/// Answers that end in ways of their own, all on one connection.
#[tokio::test]
async fn a_connection_is_kept_whatever_the_answers_are_like() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let house = house(&format!("http://{}", listener.local_addr().unwrap())).await;
    let answers = [
        (
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            200,
            "hi",
        ),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", 304, ""),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200, "hi"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""),
    ];
    let mut kept: Option<TcpStream> = None;
    for (said, status, body) in answers {
        let request = tokio::spawn(house.get("/quest").send());
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => listener.accept().await.unwrap().0,
        };
        let read = timeout(Duration::from_secs(2), stream.read(&mut [0; 4096])).await;
        assert!(matches!(read, Ok(Ok(1..))), "{said}: on the connection that is there");
        stream.write_all(said.as_bytes()).await.unwrap();
        let answer = request.await.unwrap().unwrap();
        assert_eq!(answer.status(), status, "{said}");
        assert_eq!(answer.text().await.unwrap(), body, "{said}");
        kept = Some(stream);
    }
}

async fn gauge(house: &House) -> String {
    let mut stream = TcpStream::connect(house.gateway.admin_address).await.unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    read_all(&mut stream).await
}
