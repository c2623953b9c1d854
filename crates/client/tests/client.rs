//! A client against a service that misbehaves.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Cached, Client, Error, NotReached};
use prometheus::TextEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const PATH: &str = "/int/catalog/characters";

fn client(server: &MockServer) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::new("catalog", &server.uri(), Arc::new(|| Some("proof".parse().unwrap()))).unwrap()
}

fn answers(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json([1, 2])
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_call_proves_who_asks() {
    let server = MockServer::start().await;
    let proved = Mock::given(header("x-assertion", "proof")).and(path(PATH));
    proved.respond_with(answers(200)).mount(&server).await;
    assert_eq!(client(&server).get::<Vec<u8>>(PATH).await.unwrap(), [1, 2]);
}

#[tokio::test]
async fn a_read_that_fails_is_tried_again() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answers(503)).up_to_n_times(2).mount(&server).await;
    Mock::given(method("GET")).respond_with(answers(200)).mount(&server).await;
    client(&server).get::<Vec<u8>>(PATH).await.unwrap();
    assert_eq!(asked(&server).await, 3);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answers(404)).mount(&server).await;
    let error = client(&server).get::<Vec<u8>>(PATH).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn the_deadline_holds_for_all_tries_together() {
    let server = MockServer::start().await;
    let slow = answers(200).set_delay(Duration::from_secs(30));
    Mock::given(method("GET")).respond_with(slow).mount(&server).await;
    let began = std::time::Instant::now();
    let error = client(&server).get::<Vec<u8>>(PATH).await.unwrap_err();
    assert!(matches!(error, Error::Away { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_counted_as_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _head = connection.read(&mut [0; 4096]).await.unwrap();
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n[1,";
        connection.write_all(half).await.unwrap();
    });
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::new("breaks-off", &base_url, Arc::new(|| None)).unwrap();
    let error = client.get::<Vec<u8>>(PATH).await.unwrap_err();
    assert!(matches!(error, Error::Away { .. }), "{error}");
    let counted = prometheus::TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap();
    let series = "client_failures_total{kind=\"away\",upstream=\"breaks-off\"} 1";
    assert!(counted.contains(series), "{counted}");
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let endless = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _head = connection.read(&mut [0; 4096]).await.unwrap();
        let chunk = [b"10000\r\n", [b' '; 0x10000].as_slice(), b"\r\n"].concat();
        let mut sent = 0;
        connection
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await
            .unwrap();
        // Until nobody reads on.
        while connection.write_all(&chunk).await.is_ok() {
            sent += 0x10000;
        }
        sent
    });
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::new("endless", &base_url, Arc::new(|| None)).unwrap();
    let error = client.get::<Vec<u8>>(PATH).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { service: "endless" }), "{error}");
    // What lay on the way was sent and not read.
    let sent = endless.await.unwrap();
    assert!((8 << 20..32 << 20).contains(&sent), "{sent}");
}

#[tokio::test]
async fn the_circuit_opens_half_opens_and_closes() {
    let server = MockServer::start().await;
    let broken =
        Mock::given(method("GET")).respond_with(answers(500)).mount_as_scoped(&server).await;
    let client = client(&server);
    for _ in 0..10 {
        client.get::<Vec<u8>>(PATH).await.unwrap_err();
    }
    let error = client.get::<Vec<u8>>(PATH).await.unwrap_err();
    assert!(error.to_string().contains("circuit"), "{error}");
    assert_eq!(broken.received_requests().await.len(), 5, "nobody asks while it is open");
    drop(broken);

    Mock::given(method("GET")).respond_with(answers(200)).mount(&server).await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    client.get::<Vec<u8>>(PATH).await.unwrap();
    client.get::<Vec<u8>>(PATH).await.unwrap();
}

#[tokio::test]
async fn retries_stay_within_a_fifth_of_the_calls() {
    let server = MockServer::start().await;
    // One in two fails: enough to want retries all the time, too few to open the circuit.
    let count = AtomicU32::new(0);
    let every_other = move |_: &wiremock::Request| {
        let even = count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        answers(if even { 500 } else { 200 })
    };
    Mock::given(method("GET")).respond_with(every_other).mount(&server).await;
    let client = client(&server);
    for _ in 0..60 {
        let _ = client.get::<Vec<u8>>(PATH).await;
    }
    let sent = asked(&server).await;
    assert!((61..=60 + 2 + 12).contains(&sent), "{sent}");
}

#[tokio::test]
async fn reference_data_is_revalidated_and_served_stale() {
    let server = MockServer::start().await;
    let first = answers(200).insert_header("etag", "\"1\"");
    let serving = Mock::given(path(PATH)).respond_with(first).mount_as_scoped(&server).await;
    let cached = Cached::<Vec<u8>>::new(client(&server), PATH);
    assert_eq!(cached.get().unwrap_err(), NotReached { path: PATH });

    let reports = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&reports);
    let kept = cached.clone().keep(move |outcome| noted.lock().unwrap().push(outcome.is_ok()));
    let test = async {
        until(|| cached.get().is_ok()).await;
        drop(serving);

        let known = Mock::given(header("if-none-match", "\"1\""));
        let known = known.respond_with(ResponseTemplate::new(304)).mount_as_scoped(&server).await;
        cached.revalidate();
        until(|| reports.lock().unwrap().len() == 2).await;
        drop(known);

        // From now on the owner answers 404: what is known is served on.
        cached.revalidate();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(*cached.get().unwrap(), [1, 2]);
        assert_eq!(*reports.lock().unwrap(), [true, true]);
    };
    tokio::select! {
        () = kept => unreachable!("it keeps for ever"),
        () = test => {}
    }
}

#[tokio::test]
async fn an_open_circuit_and_looks_that_fail_are_measured() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answers(500)).mount(&server).await;
    // Of a name of its own, for the sake of the other tests' metrics.
    let client = Client::new("measured", &server.uri(), Arc::new(|| None)).unwrap();
    let shows = |series: &str| {
        let metrics = TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap();
        metrics.lines().any(|line| line == series)
    };
    assert!(shows(r#"client_failures_total{kind="refused",upstream="measured"} 0"#));
    assert!(shows(r#"client_circuit_open{upstream="measured"} 0"#));
    let cached = Cached::<Vec<u8>>::new(client, PATH);
    let labels = format!(r#"{{document="{PATH}",outcome="failed",upstream="measured"}}"#);
    let measured = async {
        until(|| shows(&format!("client_revalidations_total{labels} 2"))).await;
        // How many looks open the circuit is the budget's to say: each may be tried anew.
        until(|| shows(r#"client_circuit_open{upstream="measured"} 1"#)).await;
    };
    tokio::select! {
        () = cached.keep(|_| ()) => unreachable!("it keeps for ever"),
        () = measured => {}
    }
}

async fn until(holds: impl Fn() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to hold");
}
