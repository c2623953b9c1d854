//! Promise 14: a stop that nobody feels.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::House;

#[tokio::test]
async fn it_stops_in_order() {
    let house = House::with(&[("SHUTDOWN_DELAY", "1")]).await;
    let admin = format!("http://{}/healthz", house.gateway.admin_address);
    let (url, slow) = (house.url("/api/characters"), house.url("/api/characters?delay_ms=1500"));
    let http = house.http.clone();
    crate::support::until("ready", async || http.get(&admin).send().await.unwrap().status() == 200)
        .await;
    let mut kept = TcpStream::connect(house.gateway.address).await.unwrap();
    let mut ask = async || {
        kept.write_all(b"GET /api/characters HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut buffer = [0; 4096];
        let length = kept.read(&mut buffer).await.unwrap();
        String::from_utf8_lossy(&buffer[..length]).to_lowercase()
    };
    assert!(!ask().await.contains("connection: close"));

    let running = tokio::spawn(http.get(slow).send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stopped = tokio::spawn(house.gateway.stop());
    tokio::time::sleep(Duration::from_millis(200)).await;
    // Unready, still serving, and telling connections to close.
    assert_eq!(http.get(&admin).send().await.unwrap().status(), 503);
    assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
    let told = ask().await;
    assert!(told.starts_with("http/1.1 200") && told.contains("connection: close"), "{told}");
    // What runs ends well.
    assert_eq!(running.await.unwrap().unwrap().status(), 200);
    stopped.await.unwrap().unwrap();
    assert!(http.get(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn connections_that_say_nothing_do_not_hold_up_the_stop() {
    let house = House::with(&[("SHUTDOWN_DELAY", "0"), ("SHUTDOWN_TIMEOUT", "20")]).await;
    let mut idle = TcpStream::connect(house.gateway.address).await.unwrap();
    idle.write_all(b"GET /api/characters HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut buffer = [0; 4096];
    assert!(idle.read(&mut buffer).await.unwrap() > 0);
    let _silent = TcpStream::connect(house.gateway.address).await.unwrap();
    let began = std::time::Instant::now();
    house.gateway.stop().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}
