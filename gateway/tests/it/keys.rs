//! Promise 4 at the door: keys are revoked, their endpoint fails, strangers name keys that nobody has.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use identity::Roles;
use identity::access::AccessTokenIssuer;
use identity::keys::SigningKey;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use crate::support::{AUDIENCE, House, ISSUER, MEMBER, now, problem, until};

/// A token by a key, as auth issues them.
fn token_by(key: &SigningKey) -> String {
    let issuer =
        AccessTokenIssuer::new(ISSUER, AUDIENCE, key.clone(), SignedDuration::from_secs(600));
    let token = issuer.issue(MEMBER, Uuid::from_u128(1), &Roles::default(), now()).unwrap();
    token.token.expose_secret().to_owned()
}

async fn status(house: &House, token: &str) -> u16 {
    house.get("/api/home").bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_a_revoked_key_has_signed_is_refused_within_two_seconds() {
    let house = House::start().await;
    let heir = SigningKey::generate().unwrap();
    {
        let mut jwks = house.service.script.jwks.lock().unwrap();
        let keys = jwks.as_mut().unwrap()["keys"].as_array_mut().unwrap();
        keys.push(serde_json::to_value(heir.public()).unwrap());
    }
    let (remembered, other) = (token_by(&house.token_key), token_by(&heir));
    assert_eq!((status(&house, &remembered).await, status(&house, &other).await), (200, 200));
    let fetches = || house.service.script.key_fetches.load(Ordering::Relaxed);
    let fetched = fetches();

    let told = json!({"items": [], "keys": [house.token_key.kid()], "next": "b"});
    *house.service.script.revocations.lock().unwrap() = Some(told);
    let began = Instant::now();
    until("the key is revoked", async || status(&house, &remembered).await == 401).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let never_seen = house.token(&[]);
    let answer = house.get("/api/home").bearer_auth(never_seen).send().await.unwrap();
    assert_eq!(problem(answer).await, "unauthenticated");
    assert_eq!(fetches(), fetched, "nothing is asked about a key that is known to be revoked");

    // It is published still, and fetched again; auth goes away: it stays revoked, and the other stays good.
    until("the keys are fetched again", async || {
        status(&house, &token_by(&SigningKey::generate().unwrap())).await;
        fetches() > fetched
    })
    .await;
    *house.service.script.revocations.lock().unwrap() = None;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(status(&house, &house.token(&[])).await, 401);
    assert_eq!(status(&house, &remembered).await, 401);
    assert_eq!(status(&house, &token_by(&heir)).await, 200);
}

#[tokio::test]
async fn keys_that_nobody_has_do_not_flood_their_endpoint() {
    let house = House::start().await;
    assert_eq!(status(&house, &house.token(&[])).await, 200);
    let before = house.service.script.key_fetches.load(Ordering::Relaxed);
    let began = Instant::now();
    let strange =
        (0..300).map(async |_| status(&house, &token_by(&SigningKey::generate().unwrap())).await);
    let good = (0..50).map(async |_| status(&house, &house.token(&[])).await);
    let (strange, good) = futures_util::future::join(join_all(strange), join_all(good)).await;
    assert!(strange.iter().all(|status| *status == 401), "{strange:?}");
    assert!(good.iter().all(|status| *status == 200), "{good:?}");
    let fetched = house.service.script.key_fetches.load(Ordering::Relaxed) - before;
    // One in ten seconds.
    let most = 1 + began.elapsed().as_secs() as usize / 10;
    assert!((1..=most).contains(&fetched), "{fetched} in {:?}", began.elapsed());
    println!("300 unknown keys: {fetched} fetches");
}

#[tokio::test]
async fn while_the_key_endpoint_is_down_known_keys_go_on() {
    let house = House::start().await;
    assert_eq!(status(&house, &house.token(&[])).await, 200);
    *house.service.script.jwks.lock().unwrap() = None;
    // Whether this one is good cannot be told: our fault.
    let unknown = token_by(&SigningKey::generate().unwrap());
    let answer = house.get("/api/home").bearer_auth(unknown).send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(problem(answer).await, "unavailable");
    for _ in 0..50 {
        assert_eq!(status(&house, &house.token(&[])).await, 200, "a token that was never seen");
    }
}
