//! A provider whose ID tokens can be anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity::keys::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use testkit::Answer;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::support::{Browser, parameter};
use crate::{AuthService, execute, start_with};

const SECRET: &str = "a secret between us";

/// A key of the provider's.
struct Key {
    public: Value,
    pem: String,
}

impl Key {
    fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let body = STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let key = SigningKey::from_pem(&pem.clone().into()).unwrap();
        Key { public: serde_json::to_value(key.public()).unwrap(), pem }
    }

    fn sign(&self, claims: &Value) -> String {
        let kid = self.public["kid"].as_str().map(str::to_owned);
        let header = Header { kid, ..Header::new(Algorithm::RS256) };
        encode(&header, claims, &EncodingKey::from_rsa_pem(self.pem.as_bytes()).unwrap()).unwrap()
    }
}

/// Makes an ID token of the claims that would be right.
type Lie<'k> = Box<dyn FnOnce(Value) -> String + 'k>;

struct Liar {
    server: MockServer,
    key: Key,
    auth: AuthService,
    answers: Arc<Mutex<BTreeMap<String, ResponseTemplate>>>,
}

impl Liar {
    async fn start() -> Self {
        let (server, answers) = (MockServer::start().await, Arc::default());
        let said: Arc<Mutex<BTreeMap<_, ResponseTemplate>>> = Arc::clone(&answers);
        let answer = move |request: &Request| said.lock().unwrap()[request.url.path()].clone();
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let issuer = server.uri();
        let providers = json!([{
            "name": "liar", "issuer": issuer, "client_id": "damacorch", "client_secret": SECRET,
        }]);
        let auth = start_with([("SOCIAL_PROVIDERS", &*providers.to_string())]).await;
        let metadata = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        });
        let liar = Liar { server, key: Key::new(), auth, answers };
        liar.says("/.well-known/openid-configuration", json_of(&metadata));
        liar.publishes(&liar.key);
        liar
    }

    fn says(&self, at: &str, answer: ResponseTemplate) {
        self.answers.lock().unwrap().insert(at.to_owned(), answer);
    }

    fn publishes(&self, key: &Key) {
        self.says("/jwks", json_of(&json!({"keys": [key.public]})));
    }

    fn claims(&self, nonce: &str) -> Value {
        let now = self.auth.clock.now().as_second();
        json!({
            "iss": self.server.uri(), "aud": "damacorch", "sub": "somebody", "nonce": nonce, "iat": now,
            "exp": now + 60, "email": "minji@example.com", "email_verified": true,
        })
    }

    /// A round that ends with the ID token that is made for its nonce.
    async fn round(&self, id_token: impl FnOnce(Value) -> String) -> Answer {
        let mut browser = Browser::new();
        let url = browser.begin(&self.auth, "liar/login?over_14=true").await;
        let id_token = id_token(self.claims(&parameter(&url, "nonce").unwrap()));
        let token = json!({"access_token": "a", "token_type": "Bearer", "id_token": id_token});
        self.says("/token", json_of(&token));
        let state = parameter(&url, "state").unwrap();
        let callback = format!("/api/auth/liar/callback?code=c&state={state}");
        browser.come_back(&self.auth, &callback).await
    }
}

fn json_of(value: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(value)
}

#[tokio::test]
async fn an_id_token_is_believed_only_when_all_of_it_is_right() {
    let liar = Liar::start().await;
    let (now, other) = (liar.auth.clock.now().as_second(), Key::new());
    let with = |name: &'static str, value: Value| {
        let key = &liar.key;
        move |mut claims: Value| {
            claims[name] = value;
            key.sign(&claims)
        }
    };
    let lies: [(&str, Lie<'_>); 10] = [
        ("another audience", Box::new(with("aud", json!("somebody else")))),
        ("others in the audience", Box::new(with("aud", json!(["damacorch", "somebody else"])))),
        ("another issuer", Box::new(with("iss", json!("https://other.example")))),
        ("another nonce", Box::new(with("nonce", json!("another")))),
        ("no nonce", Box::new(with("nonce", Value::Null))),
        ("expired", Box::new(with("exp", json!(now - 1)))),
        ("a key that is not published", Box::new(|claims| other.sign(&claims))),
        (
            "another key of the same name",
            Box::new(|claims| {
                let renamed = Key { public: liar.key.public.clone(), pem: other.pem.clone() };
                renamed.sign(&claims)
            }),
        ),
        (
            "our own secret",
            Box::new(|claims| {
                let key = EncodingKey::from_secret(SECRET.as_bytes());
                encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
            }),
        ),
        (
            "no signature",
            Box::new(|claims| {
                let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
                format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
            }),
        ),
    ];
    for (lie, id_token) in lies {
        let answer = liar.round(id_token).await;
        assert_eq!(answer.status, 502, "{lie}: {}", String::from_utf8_lossy(&answer.body));
        answer.expect_problem(502, "provider-unbelievable");
    }
    assert_eq!(execute(&liar.auth, "SELECT FROM users").await, 0);
    liar.round(|claims| liar.key.sign(&claims)).await.expect(201);
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let liar = Liar::start().await;
    liar.round(|claims| liar.key.sign(&claims)).await.expect(201);
    let new = Key::new();
    liar.publishes(&new);
    // It is asked again after five seconds at the soonest.
    tokio::time::sleep(Duration::from_millis(5100)).await;
    liar.round(|claims| new.sign(&claims)).await.expect(200);
}

#[tokio::test]
async fn a_provider_that_hangs_or_answers_nonsense_does_not_hold_us_up() {
    let liar = Liar::start().await;
    liar.round(|claims| liar.key.sign(&claims)).await.expect(201);
    for nonsense in [
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(500),
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/"),
        ResponseTemplate::new(200).set_body_string("x".repeat(300_000)),
        ResponseTemplate::new(200).set_delay(Duration::from_secs(60)),
    ] {
        let mut browser = Browser::new();
        let url = browser.begin(&liar.auth, "liar/login").await;
        liar.says("/token", nonsense);
        let state = parameter(&url, "state").unwrap();
        let began = Instant::now();
        let callback = format!("/api/auth/liar/callback?code=c&state={state}");
        let answer = browser.come_back(&liar.auth, &callback).await;
        answer.expect_problem(503, "unavailable");
        assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    }
}
