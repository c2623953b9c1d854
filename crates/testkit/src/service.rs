//! A service that runs in the test's own process, on a database of its own, and those who ask it.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::LazyLock;
use std::time::Duration;

use chassis::{Clock, Readiness, Running, Service, Settings, Trust};
use contracts::UserId;
use identity::assertion::{AssertionSigner, Subject};
use identity::keys::SigningKey;
use identity::{GATEWAY, Roles, headers};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::Database;

/// Who signs assertions in tests.
const SIGNERS: [&str; 6] = [GATEWAY, "auth", "catalog", "analysis", "quest", "sns"];

static KEYS: LazyLock<BTreeMap<&'static str, (SecretString, SigningKey)>> = LazyLock::new(|| {
    let key = |name| {
        let pem = SigningKey::generate_pem().expect("a key can be made");
        let key = SigningKey::from_pem(&pem).expect("it can be read");
        (name, (pem, key))
    };
    SIGNERS.into_iter().map(key).collect()
});

/// The settings by which a process believes the test's assertions.
pub fn trust() -> Trust {
    let entries = KEYS.iter().map(|(name, (_, key))| key.public_entry(name));
    Trust {
        assertion_public_keys: entries.map(|entry| entry.expect("an Ed25519 key")).collect(),
        assertion_key: None,
    }
}

/// [`trust`] for a process that calls others in its own name.
pub fn trust_of(service: &str) -> Trust {
    Trust { assertion_key: Some(private_key(service).into()), ..trust() }
}

/// The private key of one of the test's signers, in PEM.
pub fn private_key(name: &str) -> String {
    let (pem, _) = KEYS.get(name).expect("a signer of the test kit");
    pem.expose_secret().to_owned()
}

/// A running service; it and its database end with the test.
pub struct TestService<S> {
    /// Its database.
    pub database: Database,
    /// The time it believes.
    pub clock: Clock,
    /// Where it listens.
    pub base_url: String,
    running: Option<Running>,
    readiness: Readiness,
    http: Client,
    service: PhantomData<S>,
}

impl<S: Service> TestService<S> {
    /// Starts the service on a database with its tables. The clock stands at the system's time: tokens and assertions
    /// are looked at by it too.
    pub async fn start(
        tables: &'static [(&'static str, pg::EmbeddedMigrations)],
        config: S::Config,
    ) -> Self {
        let clock = Clock::fixed(Clock::system().now());
        Self::start_at(Database::create(tables).await, clock, config).await
    }

    /// Starts the service on a given database, at a given time.
    pub async fn start_at(database: Database, clock: Clock, config: S::Config) -> Self {
        Self::start_limited(database, clock, config, 60).await
    }

    /// Starts the service with a limit on a request's seconds. The others wait long enough for a busy machine.
    pub async fn start_limited(
        database: Database,
        clock: Clock,
        config: S::Config,
        request_timeout: u64,
    ) -> Self {
        let settings = Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            workers: 2,
            shutdown_delay: 1,
            shutdown_timeout: 5,
            request_timeout,
            ..Settings::default()
        };
        chassis::install_crypto();
        let pool = pg::Settings {
            wait_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(30),
            ..pg::Settings::new(database.app_url(S::NAME))
        };
        let running = chassis::serve::<S>(settings, pool, &trust(), clock.clone(), config)
            .await
            .expect("the service starts");
        TestService {
            base_url: format!("http://{}", running.address),
            database,
            clock,
            readiness: running.readiness.clone(),
            running: Some(running),
            http: Client::builder().build().expect("a client"),
            service: PhantomData,
        }
    }

    /// Somebody without a token.
    pub fn as_stranger(&self) -> Asker<'_> {
        self.asker(Vec::new())
    }

    /// A member, as the gateway would present them.
    pub fn as_member(&self, user_id: UserId) -> Asker<'_> {
        self.as_role(user_id, Uuid::nil(), "member")
    }

    /// A member in one of their sessions.
    pub fn as_session(&self, user_id: UserId, session_id: Uuid) -> Asker<'_> {
        self.as_role(user_id, session_id, "member")
    }

    /// A member who is an admin.
    pub fn as_admin(&self, user_id: UserId) -> Asker<'_> {
        self.as_role(user_id, Uuid::nil(), "admin")
    }

    fn as_role(&self, user_id: UserId, session_id: Uuid, role: &str) -> Asker<'_> {
        self.asker(member_headers(S::NAME, user_id, session_id, role, self.clock.now()))
    }

    /// Another service.
    pub fn as_service(&self, name: &str) -> Asker<'_> {
        let assertion = sign(name, S::NAME, &Subject::service(None), self.clock.now());
        self.asker(vec![(headers::ASSERTION, assertion)])
    }

    fn asker(&self, headers: Vec<(&'static str, String)>) -> Asker<'_> {
        Asker { base_url: &self.base_url, http: &self.http, headers }
    }

    /// Stops the service as SIGTERM does.
    pub async fn stop(&mut self) {
        let running = self.running.take().expect("it is stopped once");
        running.stop().await.expect("it stops");
    }

    /// What the service waits for.
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }
}

impl<S> Drop for TestService<S> {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// What the gateway sends along with a member's request.
pub(crate) fn member_headers(
    service: &str,
    user_id: UserId,
    session_id: Uuid,
    role: &str,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let roles: Roles = [role].into_iter().collect();
    let until = now + SignedDuration::from_mins(10);
    let subject = Subject::member(user_id, roles, Some(session_id), until);
    vec![
        (headers::USER_ID, user_id.to_string()),
        (headers::USER_ROLES, role.to_owned()),
        (headers::ASSERTION, sign(GATEWAY, service, &subject, now)),
    ]
}

/// An assertion by one of the test's signers.
pub fn sign(issuer: &str, audience: &str, subject: &Subject, now: Timestamp) -> String {
    let (_, key) = KEYS.get(issuer).expect("a signer of the test kit").clone();
    let signed = AssertionSigner::new(issuer, audience, key, 1).sign(subject, now);
    String::from_utf8(signed.expect("it can be signed").to_vec()).expect("a JWT is ASCII")
}

/// Somebody who asks a service.
pub struct Asker<'a> {
    pub(crate) base_url: &'a str,
    pub(crate) http: &'a Client,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Asker<'_> {
    /// A request that the test finishes itself.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base_url));
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    /// `POST` with a JSON body and an `Idempotency-Key`.
    pub async fn post_once(&self, path: &str, key: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, path).header("idempotency-key", key);
        Answer::of(request.json(&body)).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body)).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(&body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request.
    pub async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.expect("the service answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer { status, headers, body: answer.bytes().await.expect("a whole body").to_vec() }
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.read()
    }

    /// The body as a type.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error} in {} {}", self.status, String::from_utf8_lossy(&self.body))
        })
    }

    /// Asserts the status and gives the body as JSON (null when empty).
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts a problem and gives the pointers it names.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Vec<String> {
        let body = self.expect(status);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(body["type"], format!("urn:damacorch:problem:{code}"), "{body}");
        assert_eq!(body["status"], status);
        assert!(body["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{body}");
        assert!(body["instance"].as_str().is_some_and(|path| path.starts_with('/')), "{body}");
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().expect("a pointer").to_owned())
            .collect()
    }
}
