//! Bodies: bounded on the way in, streamed both ways, as they are.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{House, file, problem, read_all, table};

const ROUTES: &[&str] = &[
    r#"{ method = "POST", path = "/small", kind = "public", upstream = "quest", timeout_ms = 1000, body_limit = 10, rate = "read" },"#,
    r#"{ method = "POST", path = "/large", kind = "public", upstream = "quest", timeout_ms = 5000, body_limit = 20000000, rate = "read" },"#,
    r#"{ method = "GET", path = "/get", kind = "public", upstream = "quest", timeout_ms = 5000, body_limit = 0, rate = "read" },"#,
];

async fn house() -> House {
    House::with(&[("ROUTE_TABLE", file(&table(ROUTES)).to_str().unwrap())]).await
}

/// A POST whose length nobody knows beforehand.
fn chunked(path: &str, pieces: &[usize]) -> String {
    let piece = |length: &usize| format!("{length:x}\r\n{}\r\n", "a".repeat(*length));
    let body: String = pieces.iter().map(piece).collect();
    let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close");
    format!("{head}\r\nTransfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n")
}

#[tokio::test]
async fn a_body_is_as_large_as_the_route_takes() {
    let house = house().await;
    assert_eq!(house.post("/small").body("0123456789").send().await.unwrap().status(), 200);
    assert_eq!(house.service.only().body, 10);
    let answer = house.raw(&chunked("/small", &[4, 6])).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(house.service.only().body, 10);

    let answer = house.post("/small").body("0123456789a").send().await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(problem(answer).await, "body-too-large");
    for pieces in [&[4, 6, 1][..], &[11], &[100_000]] {
        let answer = house.raw(&chunked("/small", pieces)).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{pieces:?}: {answer}");
        assert!(answer.contains("urn:damacorch:problem:body-too-large"), "{answer}");
    }
    let answer = house.get("/get").body("a").send().await.unwrap();
    assert_eq!(answer.status(), 413);
    assert!(house.service.seen().is_empty(), "no service saw a whole body");
}

#[tokio::test]
async fn ten_megabytes_are_refused_or_pass_as_the_route_says() {
    let house = house().await;
    let body = vec![b'a'; 10 << 20];
    let answer = house.post("/large").body(body.clone()).send().await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["length"], 10 << 20);
    assert_eq!(house.service.only().header("content-length"), Some("10485760"));
    let head = "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10485760\r\n\r\n";
    let answer = house.raw(head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "before the body was sent: {answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_the_clients_fault() {
    let house = house().await;
    let mut stream = TcpStream::connect(house.gateway.address).await.unwrap();
    let head = "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    for broken in ["xyz\r\n", "5\r\n01234\nX", "5\n01234"] {
        let head = "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = house.raw(&format!("{head}{broken}")).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{broken:?}: {answer}");
    }
    // None of it counts against the service.
    assert_eq!(house.get("/get").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_expected_continue_is_given_here() {
    let house = house().await;
    let mut stream = TcpStream::connect(house.gateway.address).await.unwrap();
    let head = "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer).await.unwrap();
    assert!(buffer[..length].starts_with(b"HTTP/1.1 100 "));
    stream.write_all(b"{}").await.unwrap();
    assert!(read_all(&mut stream).await.contains("200 OK"));
    assert_eq!(house.service.only().header("expect"), None);
}

#[tokio::test]
async fn an_answer_flows_through_and_is_not_kept() {
    let house = house().await;
    // 64 MB, of which nobody reads more than the first piece for a while.
    let mut answer = house.get("/get?pieces=1024").send().await.unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    assert!(!first.is_empty());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let made = house.service.script.made.load(Ordering::Relaxed);
    assert!(made < 512, "{made} of 1024 pieces were taken from the service ahead of the client");
    let mut length = first.len();
    while let Some(piece) = answer.chunk().await.unwrap() {
        length += piece.len();
    }
    assert_eq!(length, 1024 * 64 * 1024);
}

#[tokio::test]
async fn a_body_flows_through_before_it_is_whole() {
    let house = house().await;
    let mut stream = TcpStream::connect(house.gateway.address).await.unwrap();
    let head =
        "POST /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'a'; 1_000_000]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stream.write_all(&vec![b'a'; 1_000_000]).await.unwrap();
    assert!(read_all(&mut stream).await.contains("2000000"));
}

#[tokio::test]
async fn answers_without_a_body_keep_the_connection() {
    let house = house().await;
    let mut stream = TcpStream::connect(house.gateway.address).await.unwrap();
    for (request, status, length) in [
        ("HEAD /get", 200, Some("content-length: 12")),
        ("GET /get?status=204", 204, None),
        ("GET /get?status=304", 304, None),
        ("GET /get", 200, Some("content-length: 12")),
    ] {
        stream
            .write_all(format!("{request} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.unwrap();
        let answer = String::from_utf8_lossy(&buffer[..count]).to_lowercase();
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{request}: {answer}");
        assert_eq!(answer.matches("http/1.1").count(), 1, "{request}: {answer}");
        if let Some(length) = length {
            assert!(answer.contains(length), "{request}: {answer}");
        }
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(body.is_empty(), request != "GET /get", "{request}: {answer}");
    }
}
