//! Members whose password Cognito holds, against moto, and against cognito-local where it comes to the confirmation code.

mod accounts;
mod erasures;
mod failures;
mod first_sight;
mod local;
mod passwords;
mod script;
mod sessions;
mod tokens;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::Clock;
use serde_json::{Value, json};
use testkit::{Answer, Database};
use tools::{Moto, Pool};

use crate::{AuthService, TABLES, somebody};

/// One server for all tests; each makes pools of its own.
static MOTO: LazyLock<Moto> = LazyLock::new(|| {
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto.log");
    Moto::start(free_address(), &log).unwrap()
});

const EMAIL: &str = "minji@example.com";
const PASSWORD: &str = "correct horse battery";

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Addresses are aliases and are verified by mail; passwords are as free as ours.
fn usual() -> Value {
    json!({
        "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"],
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        "Policies": {"PasswordPolicy": {
            "MinimumLength": 8, "RequireUppercase": false, "RequireLowercase": false,
            "RequireNumbers": false, "RequireSymbols": false,
        }},
    })
}

fn pool() -> Pool {
    MOTO.pool(&usual().to_string(), false).unwrap()
}

/// The service with this pool, on a database of its own.
async fn start_with(pool: &Pool) -> AuthService {
    start_on(Database::create(TABLES).await, pool.settings()).await
}

/// At the system's time, which is Cognito's too.
async fn start_on(database: Database, settings: Vec<(&str, String)>) -> AuthService {
    AuthService::start_at(database, Clock::system(), config_of(&settings)).await
}

fn config_of(settings: &[(&str, String)]) -> auth::Config {
    crate::config_of(settings.iter().map(|(name, value)| (*name, value.as_str())))
}

/// Tokens of these claims, by the key of moto's pools. Elsewhere, so that connections of this thread live meanwhile.
async fn mint(claims: Vec<Value>) -> Vec<String> {
    let claims = Value::from(claims).to_string();
    tokio::task::spawn_blocking(move || MOTO.mint(&claims)).await.unwrap().unwrap()
}

/// What only an administrator of the pool may do.
async fn administer(operation: &'static str, body: Value) {
    let done = tokio::task::spawn_blocking(move || MOTO.call(operation, &body.to_string()));
    done.await.unwrap().unwrap();
}

async fn post(auth: &AuthService, path: &str, body: Value) -> Answer {
    auth.as_stranger().post(path, body).await
}

/// Signs up and confirms, and gives the member's id.
async fn sign_up(auth: &AuthService) -> String {
    let signed_up = post(auth, "/api/auth/signup", somebody()).await.expect(201);
    let code = json!({"email": EMAIL, "code": "123456"});
    post(auth, "/api/auth/confirm", code).await.expect(204);
    signed_up["user"]["id"].as_str().unwrap().to_owned()
}

async fn log_in(auth: &AuthService, password: &str) -> Answer {
    post(auth, "/api/auth/login", json!({"email": EMAIL, "password": password})).await
}

async fn refresh(auth: &AuthService, tokens: &Value) -> Answer {
    let body = json!({"refresh_token": tokens["refresh_token"]});
    post(auth, "/api/auth/refresh", body).await
}

/// Somebody who asks Cognito itself, without us.
async fn at_cognito(pool: &Pool, operation: &str, mut body: Value) -> Answer {
    body["ClientId"] = pool.client_id.as_str().into();
    let request = reqwest::Client::new()
        .post(&pool.endpoint)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"));
    Answer::of(request.body(body.to_string())).await
}

/// Signs in at Cognito itself, and gives what it gave.
async fn log_in_at_cognito(pool: &Pool) -> Value {
    let parameters = json!({"USERNAME": EMAIL, "PASSWORD": PASSWORD});
    let body = json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let answer = at_cognito(pool, "InitiateAuth", body).await;
    answer.expect(200)["AuthenticationResult"].clone()
}

/// Renews a session at Cognito itself.
async fn refresh_at_cognito(pool: &Pool, result: &Value) -> Answer {
    let parameters = json!({"REFRESH_TOKEN": result["RefreshToken"]});
    let body = json!({"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters});
    at_cognito(pool, "InitiateAuth", body).await
}

/// How many members the other services were told of.
async fn registered(auth: &AuthService) -> usize {
    use diesel_async::RunQueryDsl;
    let pool = pg::Pool::new(&pg::Settings::new(auth.database.admin_url())).unwrap();
    let told = diesel::sql_query("SELECT FROM events.log WHERE type = 'member.registered'");
    told.execute(&mut pool.get().await.unwrap()).await.unwrap()
}

/// What a token says, unproved.
fn claims(token: &Value) -> Value {
    let claims = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

/// The member in the session of these tokens, as the gateway would present them; cognito-local's name none.
fn session<'a>(auth: &'a AuthService, tokens: &Value) -> testkit::Asker<'a> {
    let claims = claims(&tokens["access_token"]);
    let session_id = claims.get("sid").or(claims.get("origin_jti"));
    let session_id = session_id.map(|id| serde_json::from_value(id.clone()).unwrap());
    let user_id = serde_json::from_value(claims["sub"].clone()).unwrap();
    auth.as_session(user_id, session_id.unwrap_or_default())
}

/// Which sessions the gateways are told of, and until when.
async fn revoked(auth: &AuthService) -> Vec<Value> {
    let answer = auth.as_service("gateway").get("/int/auth/revocations").await.expect(200);
    answer["items"].as_array().unwrap().clone()
}

/// Asks until it holds: Cognito is told of ends in the background.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{what}: it never came to hold");
}
