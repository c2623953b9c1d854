//! auth through HTTP, on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

mod accounts;
mod app_settings;
mod audit_log;
mod cognito;
mod commands;
mod erasures;
mod exports;
mod figures;
mod imports;
mod internal;
mod keys;
mod mails;
mod members;
mod post;
mod quotas;
mod resets;
mod roles;
mod sessions;
mod sign_ins;
mod social;
mod users;
mod verifications;

use std::collections::HashMap;

use auth::{Auth, Config};
use chassis::{Clock, Running, Service, StartError};
use contracts::UserId;
use diesel_async::RunQueryDsl;
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::TestService;
use uuid::Uuid;

type AuthService = TestService<Auth>;

const TABLES: &[(&str, pg::EmbeddedMigrations)] = &[(Auth::NAME, Auth::MIGRATIONS)];

async fn start() -> AuthService {
    start_with([]).await
}

async fn start_with<const N: usize>(settings: [(&str, &str); N]) -> AuthService {
    TestService::start(TABLES, config(settings)).await
}

fn config<const N: usize>(settings: [(&str, &str); N]) -> Config {
    config_of(settings)
}

fn config_of<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Config {
    use secrecy::ExposeSecret;
    let key: SecretString = identity::keys::SigningKey::generate_pem().unwrap();
    let mut vars = HashMap::from([("JWT_SECRET".to_owned(), key.expose_secret().to_owned())]);
    // Nobody listens there; a test that asks them says where they are.
    vars.extend(
        ["CATALOG", "ANALYSIS", "QUEST", "SNS"]
            .map(|holder| (format!("{holder}_BASE_URL"), "http://127.0.0.1:9".to_owned())),
    );
    vars.extend(settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    chassis::settings::load_from(vars).unwrap()
}

/// Another replica on a service's database, at the system's time.
async fn replica<const N: usize>(of: &AuthService, settings: [(&str, &str); N]) -> Running {
    serve(&of.database, config(settings)).await.unwrap()
}

async fn serve(database: &testkit::Database, config: Config) -> Result<Running, StartError> {
    chassis::install_crypto();
    let settings = chassis::Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        workers: 1,
        shutdown_delay: 0,
        ..chassis::Settings::default()
    };
    let pool = pg::Settings::new(database.app_url(Auth::NAME));
    chassis::serve::<Auth>(settings, pool, &testkit::trust(), Clock::system(), config).await
}

/// Changes the service's rows behind its back; says how many.
async fn execute(service: &AuthService, sql: &str) -> usize {
    let mut conn = service.database.pool(Auth::NAME).get().await.unwrap();
    diesel::sql_query(sql).execute(&mut conn).await.unwrap()
}

/// Somebody to sign up.
fn somebody() -> Value {
    json!({
        "email": "minji@example.com", "password": "correct horse battery", "name": "민지", "age": 29,
        "gender": "female", "locale": "ko", "time_zone": "Asia/Seoul",
    })
}

/// `somebody` with one field set (or, with null, left out).
fn somebody_with(field: &str, value: Value) -> Value {
    let mut body = somebody();
    let fields = body.as_object_mut().unwrap();
    match value {
        Value::Null => drop(fields.remove(field)),
        value => drop(fields.insert(field.to_owned(), value)),
    }
    body
}

/// A member who has signed up.
struct Member {
    id: UserId,
    session_id: Uuid,
    access_token: String,
    refresh_token: String,
}

async fn sign_up(service: &AuthService, body: Value) -> Member {
    let answer = service.as_stranger().post("/api/auth/signup", body).await;
    member(&answer.expect(201))
}

async fn log_in(auth: &AuthService, email: &str, password: &str) -> testkit::Answer {
    let body = json!({"email": email, "password": password});
    auth.as_stranger().post("/api/auth/login", body).await
}

/// The member that a sign-in answered.
fn member(body: &Value) -> Member {
    use base64::Engine;
    let access_token = body["access_token"].as_str().unwrap().to_owned();
    let claims = access_token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    Member {
        id: serde_json::from_value(claims["sub"].clone()).unwrap(),
        session_id: serde_json::from_value(claims["sid"].clone()).unwrap(),
        access_token,
        refresh_token: body["refresh_token"].as_str().unwrap().to_owned(),
    }
}
