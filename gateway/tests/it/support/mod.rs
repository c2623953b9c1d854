//! A gateway in this process, members' tokens, and what tests read.

mod service;
mod wire;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chassis::Clock;
use contracts::UserId;
use gateway::{Running, Settings, start};
use identity::Roles;
use identity::access::AccessTokenIssuer;
use identity::keys::{SigningKey, SigningKeys};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

pub use service::{Seen, Service, nowhere};
pub use wire::Wire;

pub const ISSUER: &str = "https://auth.damacorch.test";
pub const COGNITO: &str = "https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_test";
pub const COGNITO_CLIENT: &str = "4hq0client";
pub const AUDIENCE: &str = "damacorch";
pub const MEMBER: UserId = UserId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001));

/// One RSA key for all: making one takes its time.
pub static RSA: LazyLock<SecretString> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let body = STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n").into()
});

/// The gateway, and the one service behind it that stands for all.
pub struct House {
    pub gateway: Running,
    pub service: Service,
    pub assertion_key: SigningKey,
    pub token_key: SigningKey,
    pub clock: Clock,
    pub http: reqwest::Client,
}

impl House {
    pub async fn start() -> Self {
        House::with(&[]).await
    }

    /// With other settings.
    pub async fn with(changes: &[(&str, &str)]) -> Self {
        House::before(Service::start(), changes).await
    }

    /// With this service behind it.
    pub async fn before(service: Service, changes: &[(&str, &str)]) -> Self {
        let assertion_pem = SigningKey::generate_pem().unwrap();
        let token_pem = SigningKey::generate_pem().unwrap();
        let ours = SigningKeys::from_pem(&token_pem).unwrap();
        let cognito = SigningKeys::from_pem(&RSA).unwrap();
        let mut keys = serde_json::to_value(ours.jwks()).unwrap();
        let rsa = serde_json::to_value(&cognito.jwks().keys[0]).unwrap();
        keys["keys"].as_array_mut().unwrap().push(rsa);
        *service.script.jwks.lock().unwrap() = Some(keys);
        *service.script.revocations.lock().unwrap() = Some(json!({"items": [], "next": "a+1"}));

        let mut vars = vars(&service.url);
        vars.insert("ASSERTION_KEY".into(), assertion_pem.expose_secret().to_owned());
        vars.extend(changes.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let clock = Clock::system();
        let gateway = start(Settings::from_vars(&vars).unwrap(), clock.clone()).await.unwrap();
        House {
            gateway,
            service,
            assertion_key: SigningKey::from_pem(&assertion_pem).unwrap(),
            token_key: SigningKey::from_pem(&token_pem).unwrap(),
            clock,
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.gateway.address)
    }

    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(self.url(path))
    }

    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(self.url(path))
    }

    /// A member's token, as auth issues them.
    pub fn token(&self, roles: &[&str]) -> String {
        self.token_of(MEMBER, Uuid::from_u128(77), roles, 600)
    }

    pub fn token_of(&self, member: UserId, session: Uuid, roles: &[&str], seconds: i64) -> String {
        let lifetime = SignedDuration::from_secs(seconds);
        let issuer = AccessTokenIssuer::new(ISSUER, AUDIENCE, self.token_key.clone(), lifetime);
        let roles: Roles = roles.iter().collect();
        let token = issuer.issue(member, session, &roles, self.clock.now()).unwrap();
        token.token.expose_secret().to_owned()
    }

    /// Sends bytes, and reads until the gateway closes or says nothing for two seconds.
    pub async fn raw(&self, bytes: &str) -> String {
        raw(self.gateway.address, bytes).await
    }
}

/// Sends bytes, and reads what comes back.
pub async fn raw(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    read_all(&mut stream).await
}

pub async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 64 * 1024];
    let quiet = Duration::from_secs(2);
    while let Ok(Ok(length)) = tokio::time::timeout(quiet, stream.read(&mut buffer)).await {
        if length == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Settings with every service at one address; without a key.
pub fn vars(url: &str) -> HashMap<String, String> {
    let jwks = format!("{url}/.well-known/jwks.json");
    let issuers = json!([
        {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": jwks},
        {"issuer": COGNITO, "audience": COGNITO_CLIENT, "jwks_url": jwks},
    ]);
    let issuers = issuers.to_string();
    let mut vars: Vec<(&str, &str)> = vec![
        ("LISTEN", "127.0.0.1:0"),
        ("ADMIN_LISTEN", "127.0.0.1:0"),
        ("WORKERS", "1"),
        ("SHUTDOWN_DELAY", "0"),
        ("TOKEN_ISSUERS", &issuers),
    ];
    vars.extend(
        [
            "AUTH_BASE_URL",
            "CATALOG_BASE_URL",
            "ANALYSIS_BASE_URL",
            "QUEST_BASE_URL",
            "SNS_BASE_URL",
        ]
        .map(|name| (name, url)),
    );
    vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A route table of these lines, with every rate class that they may name.
pub fn table(routes: &[&str]) -> String {
    let class =
        |name: &str| format!("{name} = {{ by = \"address\", requests = 100000, seconds = 1 }}\n");
    let classes: String = ["read", "token"].map(class).concat();
    format!("route = [\n{}\n]\n[rate]\n{classes}", routes.join("\n"))
}

/// A file with this text.
pub fn file(text: &str) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("routes-{}-{number}.toml", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The problem's code, checked to be a whole problem.
pub async fn problem(answer: reqwest::Response) -> String {
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "application/problem+json", "{status} {headers:?}");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"].as_str().unwrap(), headers["x-request-id"].to_str().unwrap());
    body["type"].as_str().unwrap().strip_prefix("urn:damacorch:problem:").unwrap().to_owned()
}

/// Waits until something holds, at most five seconds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

pub fn now() -> Timestamp {
    Clock::system().now()
}
