//! Promise 5: signing out is felt at every gateway, access tokens included.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use testkit::Answer;

use crate::platform::Platform;
use crate::sign_up;

/// Between two looks whether a token is refused.
const LOOK: Duration = Duration::from_millis(20);
/// So many sign out at the same time, at different moments of the gateways' seconds.
const AT_ONCE: usize = 8;

#[tokio::test]
async fn who_signs_out_is_refused_at_both_doors_within_two_seconds() {
    let delays = delays(AT_ONCE).await;
    assert!(delays.iter().all(|delay| *delay < Duration::from_secs(2)), "{delays:?}");
}

/// `cargo test -p platform --test whole revocations -- --ignored --nocapture`
#[tokio::test]
#[ignore = "a figure: 200 sign-outs"]
async fn two_hundred_sign_outs_at_two_gateways() {
    let mut delays = delays(200).await;
    delays.sort();
    let of_100 = |n: usize| delays[(delays.len() * n).div_ceil(100) - 1].as_secs_f64();
    println!(
        "{} sign-outs, from the answer until both gateways refuse the access token:\n\
         p50 {:.2} s  p99 {:.2} s  most {:.2} s",
        delays.len(),
        of_100(50),
        of_100(99),
        of_100(100),
    );
    assert!(of_100(99) < 2.0);
}

/// How long each of so many sessions could still be used, at the door where it held out longest.
async fn delays(sessions: usize) -> Vec<Duration> {
    let platform = Platform::start().await;
    sign_up(&platform, "minji").await;
    let other = platform.another_gateway().await;
    let doors = [platform.base_url.clone(), format!("http://{}", other.address)];
    let (platform, doors) = (Arc::new(platform), Arc::new(doors));
    let mut delays = Vec::new();
    while delays.len() < sessions {
        let all = (0..AT_ONCE.min(sessions - delays.len())).map(|n| {
            let (platform, doors) = (Arc::clone(&platform), Arc::clone(&doors));
            tokio::spawn(async move { delay(&platform, &doors, n).await })
        });
        for one in all.collect::<Vec<_>>() {
            delays.push(one.await.unwrap());
        }
    }
    delays
}

async fn delay(platform: &Platform, doors: &[String; 2], n: usize) -> Duration {
    let body = json!({"email": "minji@example.com", "password": "correct horse battery"});
    let signed_in = platform.post("/api/auth/login", None, body).await.expect(200);
    let token = signed_in["access_token"].as_str().unwrap();
    let http = reqwest::Client::new();
    let status = async |door: &String| {
        let request = http.request(Method::GET, format!("{door}/api/auth/check"));
        Answer::of(request.bearer_auth(token)).await.status.as_u16()
    };
    for door in doors {
        assert_eq!(status(door).await, 200, "also where the member did not sign in");
    }
    tokio::time::sleep(Duration::from_millis(1000 * n as u64 / AT_ONCE as u64)).await;
    platform.post("/api/auth/logout", Some(token), json!({})).await.expect(204);
    let ended = Instant::now();
    for door in doors {
        while status(door).await != 401 {
            assert!(ended.elapsed() < Duration::from_secs(30), "{door} knows nothing of it");
            tokio::time::sleep(LOOK).await;
        }
    }
    ended.elapsed()
}
