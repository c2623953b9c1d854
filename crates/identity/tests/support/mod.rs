//! Keys of issuers, tokens made by hand, and a key endpoint that can be made to misbehave.
#![allow(dead_code, unreachable_pub)] // Each test file uses its own part.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity::keys::{SigningKey, SigningKeys};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

pub const NOW: i64 = 1_790_000_000;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub fn now() -> Timestamp {
    at(NOW)
}

/// A private key that signs anything.
#[derive(Clone)]
pub struct Key {
    pub pem: SecretString,
    pub kid: String,
    pub jwk: Value,
    pub algorithm: Algorithm,
    encoding: EncodingKey,
}

impl Key {
    pub fn ed25519() -> Self {
        Key::of(SigningKey::generate_pem().unwrap(), Algorithm::EdDSA)
    }

    /// One RSA key for a whole test file: making one takes its time.
    pub fn rsa() -> Self {
        static RSA: LazyLock<Key> = LazyLock::new(|| {
            let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
            let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
            let body = STANDARD.encode(der.as_ref());
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
            Key::of(pem.into(), Algorithm::RS256)
        });
        RSA.clone()
    }

    fn of(pem: SecretString, algorithm: Algorithm) -> Self {
        let keys = SigningKeys::from_pem(&pem).unwrap();
        let text = pem.expose_secret().as_bytes();
        let encoding = match algorithm {
            Algorithm::EdDSA => EncodingKey::from_ed_pem(text),
            _ => EncodingKey::from_rsa_pem(text),
        };
        Key {
            kid: keys.signing().kid().to_owned(),
            jwk: serde_json::to_value(&keys.jwks().keys[0]).unwrap(),
            algorithm,
            encoding: encoding.unwrap(),
            pem,
        }
    }

    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_pem(&self.pem).unwrap()
    }

    pub fn header(&self) -> Value {
        let algorithm = format!("{:?}", self.algorithm);
        json!({"typ": "JWT", "alg": algorithm, "kid": self.kid})
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = crypto::sign(message.as_bytes(), &self.encoding, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

/// The signed part of a token.
pub fn message(header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// An object with some members replaced; null takes one away.
pub fn with(object: &Value, changes: Value) -> Value {
    let mut object = object.as_object().unwrap().clone();
    let Value::Object(changes) = changes else {
        panic!("not an object: {changes}");
    };
    object.extend(changes);
    object.retain(|_, value| !value.is_null());
    Value::Object(object)
}

/// A key endpoint: what it answers can be changed at any time.
pub struct KeyEndpoint {
    server: MockServer,
    answer: Arc<Mutex<ResponseTemplate>>,
}

struct Current(Arc<Mutex<ResponseTemplate>>);

impl Respond for Current {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.0.lock().unwrap().clone()
    }
}

impl KeyEndpoint {
    pub async fn publishing(keys: &[&Key]) -> Self {
        let answer = Arc::new(Mutex::new(ResponseTemplate::new(500)));
        let server = MockServer::start().await;
        Mock::given(matchers::any())
            .respond_with(Current(Arc::clone(&answer)))
            .mount(&server)
            .await;
        let endpoint = KeyEndpoint { server, answer };
        endpoint.publish(keys);
        endpoint
    }

    pub fn url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.server.uri())
    }

    pub fn publish(&self, keys: &[&Key]) {
        self.answers(document(keys));
    }

    pub fn publish_slowly(&self, keys: &[&Key], delay: Duration) {
        self.answers(document(keys).set_delay(delay));
    }

    pub fn fails(&self) {
        self.answers(ResponseTemplate::new(500));
    }

    pub fn answers(&self, answer: ResponseTemplate) {
        *self.answer.lock().unwrap() = answer;
    }

    pub async fn fetches(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

fn document(keys: &[&Key]) -> ResponseTemplate {
    let keys: Vec<_> = keys.iter().map(|key| &key.jwk).collect();
    ResponseTemplate::new(200).set_body_json(json!({"keys": keys}))
}
