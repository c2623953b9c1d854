//! Promise 4: keys change, and their endpoint fails, and no good token notices.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking; the allowance for tests does not reach their helpers"
)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use identity::Refusal;
use identity::access::{Revocations, TokenIssuers, TokenVerifier, VerifierSettings};
use serde_json::{Value, json};
use support::{Key, KeyEndpoint, NOW, now};
use tokio::task::JoinSet;
use wiremock::ResponseTemplate;

const ISSUER: &str = "https://auth.test";

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "damacorch", "sub": "018f2c1e-7d9a-7b7e-9c1e-5f2b8a4d6c10", "token_use": "access",
        "iat": NOW, "exp": NOW + 600,
    })
}

/// A token that nobody has seen before.
fn token(key: &Key, n: usize) -> String {
    key.sign(&support::with(&claims(), json!({"n": n})))
}

fn settings() -> VerifierSettings {
    VerifierSettings {
        refresh_every: Duration::from_secs(3600),
        fetch_timeout: Duration::from_secs(3),
        ..VerifierSettings::default()
    }
}

fn verifier(endpoint: &KeyEndpoint, settings: VerifierSettings) -> Arc<TokenVerifier> {
    let issuers = json!([{"issuer": ISSUER, "audience": "damacorch", "jwks_url": endpoint.url()}]);
    let issuers: TokenIssuers = issuers.to_string().parse().unwrap();
    let revocations = Arc::new(Revocations::new(10));
    Arc::new(TokenVerifier::new(&issuers, revocations, settings).unwrap())
}

/// A verifier that keeps its keys fresh in the background and has fetched them once.
async fn running(endpoint: &KeyEndpoint, settings: VerifierSettings) -> Arc<TokenVerifier> {
    let verifier = verifier(endpoint, settings);
    let background = Arc::clone(&verifier);
    tokio::spawn(async move { background.keep_fresh().await });
    until(|| verifier.issuers_without_keys().next().is_none()).await;
    verifier
}

async fn until(happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(10), "it never happened");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn refusal(verifier: &TokenVerifier, token: &str) -> Option<Refusal> {
    verifier.verify(token, now()).await.err()
}

#[tokio::test]
async fn a_new_key_is_fetched_once_for_everybody_who_comes_with_it() {
    let (old, new) = (Key::ed25519(), Key::ed25519());
    let endpoint = KeyEndpoint::publishing(&[&old]).await;
    let verifier = running(&endpoint, settings()).await;
    endpoint.publish_slowly(&[&new, &old], Duration::from_millis(100));

    let mut requests = JoinSet::new();
    for n in 0..50 {
        let (verifier, token) = (Arc::clone(&verifier), token(&new, n));
        requests.spawn(async move { refusal(&verifier, &token).await });
    }
    assert!(requests.join_all().await.iter().all(Option::is_none));
    assert_eq!(refusal(&verifier, &token(&old, 0)).await, None);
    assert_eq!(endpoint.fetches().await, 2);
}

#[tokio::test]
async fn unknown_keys_neither_flood_the_endpoint_nor_delay_good_tokens() {
    let key = Key::ed25519();
    let endpoint = KeyEndpoint::publishing(&[&key]).await;
    let verifier = running(&endpoint, settings()).await;
    endpoint.publish_slowly(&[&key], Duration::from_secs(1));

    let mut flood = JoinSet::new();
    for n in 0..500 {
        let header = support::with(&key.header(), json!({"kid": format!("kid-{n}")}));
        let (verifier, token) = (Arc::clone(&verifier), key.sign_as(&header, &claims()));
        flood.spawn(async move { refusal(&verifier, &token).await });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let start = Instant::now();
    for n in 0..50 {
        assert_eq!(refusal(&verifier, &token(&key, n)).await, None);
    }
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    let refusals = flood.join_all().await;
    assert!(refusals.iter().all(|refusal| *refusal == Some(Refusal::UnknownKey)));
    for _ in 0..100 {
        let strange = Key::ed25519().sign(&claims());
        assert_eq!(refusal(&verifier, &strange).await, Some(Refusal::UnknownKey));
    }
    assert_eq!(endpoint.fetches().await, 2);
}

#[tokio::test]
async fn after_a_while_an_unknown_key_may_ask_again() {
    let (old, new) = (Key::ed25519(), Key::ed25519());
    let endpoint = KeyEndpoint::publishing(&[&old]).await;
    let window = Duration::from_millis(300);
    let settings = VerifierSettings { unknown_key_every: window, ..settings() };
    let verifier = running(&endpoint, settings).await;
    assert_eq!(refusal(&verifier, &token(&new, 0)).await, Some(Refusal::UnknownKey));
    endpoint.publish(&[&new, &old]);
    assert_eq!(refusal(&verifier, &token(&new, 0)).await, Some(Refusal::UnknownKey));
    tokio::time::sleep(window).await;
    assert_eq!(refusal(&verifier, &token(&new, 0)).await, None);
    assert_eq!(endpoint.fetches().await, 3);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_take_the_fetch_along() {
    let (old, new) = (Key::ed25519(), Key::ed25519());
    let endpoint = KeyEndpoint::publishing(&[&old]).await;
    let verifier = running(&endpoint, settings()).await;
    endpoint.publish_slowly(&[&new], Duration::from_millis(300));
    let impatient = Duration::from_millis(50);
    let token = token(&new, 0);
    let hung_up = tokio::time::timeout(impatient, refusal(&verifier, &token)).await;
    assert!(hung_up.is_err());
    assert_eq!(refusal(&verifier, &token).await, None);
    assert_eq!(endpoint.fetches().await, 2);
}

#[tokio::test]
async fn stale_keys_go_on_while_the_endpoint_is_down() {
    let key = Key::ed25519();
    let endpoint = KeyEndpoint::publishing(&[&key]).await;
    let settings = VerifierSettings {
        refresh_every: Duration::from_millis(50),
        unknown_key_every: Duration::from_millis(50),
        ..settings()
    };
    let verifier = running(&endpoint, settings).await;
    endpoint.fails();
    let before = endpoint.fetches().await;
    while endpoint.fetches().await < before + 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(refusal(&verifier, &token(&key, 0)).await, None);

    // Whether a key is unknown cannot be told now: our fault, not the token's.
    let new = Key::ed25519();
    let refused = refusal(&verifier, &token(&new, 0)).await;
    assert_eq!(refused, Some(Refusal::KeysUnavailable));
    endpoint.publish(&[&new, &key]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(refusal(&verifier, &token(&new, 0)).await, None);
}

#[tokio::test]
async fn without_any_key_it_is_unavailable_and_heals_by_itself() {
    let key = Key::ed25519();
    let endpoint = KeyEndpoint::publishing(&[&key]).await;
    endpoint.fails();
    let verifier = verifier(&endpoint, settings());
    let background = Arc::clone(&verifier);
    tokio::spawn(async move { background.keep_fresh().await });
    let refused = refusal(&verifier, &token(&key, 0)).await;
    assert_eq!(refused, Some(Refusal::KeysUnavailable));
    assert_eq!(verifier.issuers_without_keys().collect::<Vec<_>>(), [ISSUER]);
    endpoint.publish(&[&key]);
    until(|| verifier.issuers_without_keys().next().is_none()).await;
    assert_eq!(refusal(&verifier, &token(&key, 0)).await, None);
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_given_up() {
    let key = Key::ed25519();
    let endpoint = KeyEndpoint::publishing(&[&key]).await;
    endpoint.publish_slowly(&[&key], Duration::from_secs(30));
    let timeout = Duration::from_millis(200);
    let verifier = verifier(&endpoint, VerifierSettings { fetch_timeout: timeout, ..settings() });
    let start = Instant::now();
    let refused = refusal(&verifier, &token(&key, 0)).await;
    assert_eq!(refused, Some(Refusal::KeysUnavailable));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_key_that_is_taken_back_takes_its_remembered_tokens_along() {
    let (lost, new) = (Key::ed25519(), Key::ed25519());
    let endpoint = KeyEndpoint::publishing(&[&lost, &new]).await;
    let window = Duration::from_millis(50);
    let settings = VerifierSettings { unknown_key_every: window, ..settings() };
    let verifier = running(&endpoint, settings).await;
    let (stolen, good) = (token(&lost, 0), token(&new, 0));
    assert_eq!(refusal(&verifier, &stolen).await, None);
    let remembered = verifier.verify(&good, now()).await.unwrap();

    endpoint.publish(&[&new]);
    let strange = Key::ed25519();
    assert_eq!(refusal(&verifier, &token(&strange, 0)).await, Some(Refusal::UnknownKey));
    assert_eq!(refusal(&verifier, &stolen).await, Some(Refusal::UnknownKey));
    let still = verifier.verify(&good, now()).await.unwrap();
    assert!(Arc::ptr_eq(&remembered, &still), "the other key's tokens stay remembered");

    endpoint.publish(&[&lost, &new]);
    tokio::time::sleep(window).await;
    assert_eq!(refusal(&verifier, &stolen).await, None, "published again, believed again");
}

#[tokio::test]
async fn bad_keys_are_left_out_and_good_ones_beside_them_hold() {
    let (key, other) = (Key::ed25519(), Key::ed25519());
    let endpoint = KeyEndpoint::publishing(&[]).await;
    let unnamed = support::with(&other.jwk, json!({"kid": null}));
    let keys = json!({"keys": [
        42, "key", null, {}, unnamed,
        {"kty": "oct", "kid": "secret", "alg": "HS256", "k": "c2VjcmV0"},
        {"kty": "new", "kid": "strange", "alg": "NEW1"},
        support::with(&key.jwk, json!({"x5c": null, "exp": 1})),
        support::with(&other.jwk, json!({"kid": key.kid})),
    ]});
    endpoint.answers(ResponseTemplate::new(200).set_body_json(keys));
    let verifier = running(&endpoint, settings()).await;
    assert_eq!(refusal(&verifier, &token(&key, 0)).await, None, "the first of a name holds");
}

#[tokio::test]
async fn an_answer_that_is_no_set_of_keys_leaves_the_old_ones() {
    let key = Key::ed25519();
    let many: Vec<_> =
        (0..65).map(|n| json!({"kid": n.to_string()})).chain([key.jwk.clone()]).collect();
    let large = json!({"keys": [key.jwk], "x": "x".repeat(64 * 1024)});
    for (name, answer) in [
        ("too large", ResponseTemplate::new(200).set_body_json(large)),
        ("too many", ResponseTemplate::new(200).set_body_json(json!({"keys": many}))),
        ("empty", ResponseTemplate::new(200).set_body_json(json!({"keys": []}))),
        ("a page", ResponseTemplate::new(200).set_body_string("<html>")),
        ("elsewhere", ResponseTemplate::new(302).insert_header("location", "/keys")),
        ("not found", ResponseTemplate::new(404).set_body_json(json!({"keys": [key.jwk]}))),
    ] {
        let endpoint = KeyEndpoint::publishing(&[]).await;
        endpoint.answers(answer);
        let verifier = verifier(&endpoint, settings());
        let refused = refusal(&verifier, &token(&key, 0)).await;
        assert_eq!(refused, Some(Refusal::KeysUnavailable), "{name}");
        assert_eq!(endpoint.fetches().await, 1, "{name}");
    }
}
