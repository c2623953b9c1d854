//! Promise 4: the keys of auth change under load, and no good token notices.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use auth::{Command, KeysCommand};
use futures_util::future::{join, join_all};
use identity::Roles;
use identity::access::AccessTokenIssuer;
use identity::keys::SigningKey;
use jiff::SignedDuration;
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use crate::platform::{Platform, query};
use crate::until;

const MEMBERS: usize = 8;
/// Between two refreshes of a session, of which there may be 120 in a minute.
const PAUSE: Duration = Duration::from_millis(600);

type Counts<T> = Mutex<BTreeMap<T, u64>>;

/// Somebody who is signed in, and their tokens: the first, and the last.
struct SignedIn {
    refresh_token: String,
    first: String,
    last: String,
}

impl SignedIn {
    async fn sign_up(platform: &Platform, name: &str) -> Self {
        let body = json!({
            "email": format!("{name}@example.com"), "password": "correct horse battery", "name": name,
            "over_14": true,
        });
        let answer = platform.post("/api/auth/signup", None, body).await.expect(201);
        let token = |name: &str| answer[name].as_str().unwrap().to_owned();
        SignedIn {
            refresh_token: token("refresh_token"),
            first: token("access_token"),
            last: token("access_token"),
        }
    }

    /// Exchanges the refresh token at some replica; says which key signed the new token.
    async fn refresh(&mut self, http: &Client, base_url: &str) -> String {
        let request = http.post(format!("{base_url}/api/auth/refresh"));
        let body = json!({"refresh_token": self.refresh_token});
        let answer = Answer::of(request.json(&body)).await.expect(200);
        self.refresh_token = answer["refresh_token"].as_str().unwrap().to_owned();
        self.last = answer["access_token"].as_str().unwrap().to_owned();
        kid(&self.last)
    }
}

fn kid(token: &str) -> String {
    use base64::Engine;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

async fn status(http: &Client, base_url: &str, token: &str) -> u16 {
    let request = http.get(format!("{base_url}/api/auth/check"));
    Answer::of(request.bearer_auth(token)).await.status.as_u16()
}

/// What the spare needs before it may sign is to have been known for a quarter of an hour.
async fn a_while_passes(platform: &Platform) {
    let later = "UPDATE auth.signing_keys SET published_at = published_at - interval '1 hour',
                 signs_from = signs_from - interval '1 hour' RETURNING kid AS found";
    assert_eq!(query(&platform.database, later).await.len(), 2, "the first, and the spare");
}

#[tokio::test]
async fn keys_rotate_under_load_and_no_good_token_is_refused() {
    let mut platform = Platform::start().await;
    let replicas = [platform.base_url.clone(), platform.another_auth().await];
    let mut members = Vec::new();
    for n in 0..MEMBERS {
        members.push(SignedIn::sign_up(&platform, &format!("m{n}")).await);
    }
    a_while_passes(&platform).await;

    let http = &Client::new();
    let (answers, signed) = (Counts::<u16>::default(), Counts::<String>::default());
    let (over, strangers) = (AtomicBool::new(false), AtomicU64::new(0));
    let load = join_all(members.iter_mut().map(async |member| {
        let (mut refreshes, mut due) = (0, Instant::now());
        while !over.load(Ordering::Relaxed) {
            if Instant::now() >= due {
                let kid = member.refresh(http, &replicas[refreshes % 2]).await;
                *signed.lock().unwrap().entry(kid).or_default() += 1;
                (refreshes, due) = (refreshes + 1, Instant::now() + PAUSE);
            }
            for token in [&member.first, &member.last] {
                let status = status(http, &platform.base_url, token).await;
                *answers.lock().unwrap().entry(status).or_default() += 1;
            }
        }
    }));
    // Meanwhile strangers see to it that an unknown key cannot be asked for: it has to be known.
    let flood = async {
        while !over.load(Ordering::Relaxed) {
            let token = forged(&SigningKey::generate().unwrap());
            assert_eq!(status(http, &platform.base_url, &token).await, 401);
            strangers.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let operator = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        platform.operate(Command::Keys(KeysCommand::Rotate)).await;
        // Longer than the ten seconds after which strangers have the keys fetched again, twice.
        tokio::time::sleep(Duration::from_secs(22)).await;
        // The spare of now is too young: it has to wait.
        platform.operate(Command::Keys(KeysCommand::Rotate)).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        over.store(true, Ordering::Relaxed);
    };
    join(load, join(flood, operator)).await;

    let (answers, signed) = (answers.into_inner().unwrap(), signed.into_inner().unwrap());
    println!(
        "good tokens: {answers:?}; 401s: {}; refreshes by key: {:?}; unknown keys: {strangers:?}",
        answers.get(&401).unwrap_or(&0),
        signed.values().collect::<Vec<_>>(),
    );
    assert_eq!(answers.keys().collect::<Vec<_>>(), [&200], "{answers:?}");
    assert_eq!(signed.len(), 2, "one rotation has happened, one waits");
}

fn forged(key: &SigningKey) -> String {
    let lifetime = SignedDuration::from_secs(600);
    let issuer =
        AccessTokenIssuer::new("http://localhost:8000", "damacorch", key.clone(), lifetime);
    let member = contracts::UserId(Uuid::now_v7());
    let now = chassis::Clock::system().now();
    let token = issuer.issue(member, Uuid::now_v7(), &Roles::default(), now).unwrap();
    token.token.expose_secret().to_owned()
}

#[tokio::test]
async fn a_revoked_key_is_felt_at_every_gateway_and_nobody_has_to_sign_in() {
    let platform = Platform::start().await;
    let other = platform.another_gateway().await;
    let gateways = [platform.base_url.clone(), format!("http://{}", other.address)];
    let mut member = SignedIn::sign_up(&platform, "minji").await;
    let (http, stolen) = (&Client::new(), member.first.clone());
    for gateway in &gateways {
        assert_eq!(status(http, gateway, &stolen).await, 200, "remembered from now on");
    }

    let began = Instant::now();
    platform.operate(Command::Keys(KeysCommand::Revoke { kid: kid(&stolen) })).await;
    for gateway in &gateways {
        until(async || (status(http, gateway, &stolen).await == 401).then_some(())).await;
    }
    println!("a revoked key is refused at two gateways after {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());

    until(async || (member.refresh(http, &gateways[0]).await != kid(&stolen)).then_some(())).await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    for gateway in &gateways {
        assert_eq!(status(http, gateway, &member.last).await, 200, "the spare was known");
        assert_eq!(status(http, gateway, &stolen).await, 401);
    }
    other.stop().await.unwrap();
}
