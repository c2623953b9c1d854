//! Members whose password Cognito holds, through the door, against moto.

use std::net::TcpListener;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chassis::Clock;
use serde_json::{Value, json};
use testkit::Database;
use tools::{Moto, Pool};
use uuid::Uuid;

use crate::platform::{Platform, TABLES};
use crate::{Member, take_test, until};

/// One server for all tests; each makes a pool of its own.
static MOTO: LazyLock<Moto> = LazyLock::new(|| {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto.log");
    Moto::start(address, &log).unwrap()
});

const PASSWORD: &str = "Correct horse 8 battery!";

async fn start() -> (Platform, Pool) {
    let settings = json!({"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]});
    let pool = MOTO.pool(&settings.to_string(), false).unwrap();
    let database = Database::create(TABLES).await;
    (Platform::start_with(database, &pool).await, pool)
}

/// Signs up, confirms and signs in.
async fn sign_up(platform: &Platform, name: &str) -> Value {
    let email = format!("{name}@example.com");
    let body = json!({
        "email": email, "password": PASSWORD, "name": name, "age": 30, "time_zone": "Asia/Seoul",
    });
    let signed_up = platform.post("/api/auth/signup", None, body).await.expect(201);
    assert!(signed_up["confirmation"].is_object(), "{signed_up}");
    let code = json!({"email": email, "code": "123456"});
    platform.post("/api/auth/confirm", None, code).await.expect(204);
    let body = json!({"email": email, "password": PASSWORD});
    platform.post("/api/auth/login", None, body).await.expect(200)
}

fn member(signed_in: &Value) -> Member {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Member { id: text(&signed_in["user"]["id"]), token: text(&signed_in["access_token"]) }
}

#[tokio::test]
async fn a_members_first_day_with_cognito() {
    let (platform, _) = start().await;
    let member = member(&sign_up(&platform, "minji").await);
    let token = Some(member.token.as_str());
    let me = platform.get("/api/auth/me", token).await.expect(200);
    assert_eq!((&me["name"], &me["id"]), (&json!("minji"), &json!(member.id)));
    let result = take_test(&platform, &member).await;
    let home = until(async || {
        let home = platform.get("/api/home", token).await.expect(200);
        (home["character"]["key"] == result["character_key"]).then_some(home)
    })
    .await;
    assert_eq!(home["member"], json!({"id": member.id, "name": "minji"}));
    let path = format!("/api/quests/{}/complete", home["quests"][0]["id"].as_str().unwrap());
    assert_eq!(platform.post(&path, token, json!({})).await.expect(200)["status"], "completed");
}

#[tokio::test]
async fn a_sign_out_is_felt_at_the_door_in_two_seconds() {
    let (platform, _) = start().await;
    for everywhere in [false, true] {
        let member = member(&sign_up(&platform, &format!("minji-{everywhere}")).await);
        let token = Some(member.token.as_str());
        platform.get("/api/auth/me", token).await.expect(200);
        let body = json!({"everywhere": everywhere});
        platform.post("/api/auth/logout", token, body).await.expect(204);
        let ended = Instant::now();
        until(async || (platform.get("/api/auth/me", token).await.status == 401).then_some(()))
            .await;
        // A busy machine may add to it; the promise is measured elsewhere.
        assert!(ended.elapsed() < Duration::from_secs(4), "{:?}", ended.elapsed());
    }
}

#[tokio::test]
async fn a_role_of_ours_opens_its_doors_by_the_next_token() {
    let (platform, pool) = start().await;
    let signed_in = sign_up(&platform, "minji").await;
    let put = async |token: &Value| {
        let body = json!({"service_name": "ours"});
        let request = platform.request(reqwest::Method::PUT, "/api/app-settings", token.as_str());
        testkit::Answer::of(request.header("if-match", "*").json(&body)).await
    };
    put(&signed_in["access_token"]).await.expect_problem(403, "forbidden");
    let grant =
        auth::Command::Grant { email: "minji@example.com".to_owned(), role: "admin".to_owned() };
    grant.run_on(&platform.database.pool("auth")).await.unwrap();
    let refresh = json!({"refresh_token": signed_in["refresh_token"]});
    let renewed = platform.post("/api/auth/refresh", None, refresh).await.expect(200);
    assert_ne!(put(&renewed["access_token"]).await.status, 403);
    // Cognito's own token goes on beside it, and a group of the pool is a role too.
    let old = signed_in["access_token"].as_str();
    platform.get("/api/auth/me", old).await.expect(200);
    let now = Clock::system().now().as_second();
    let mut claims = good(&pool, now);
    claims["cognito:groups"] = json!(["admin", "us-east-1_pool_Google"]);
    let token = mint(vec![claims]).await.remove(0);
    let checked = platform.get("/api/auth/check", Some(&token)).await.expect(200);
    assert_eq!(checked["roles"], json!(["admin", "us-east-1_pool_Google"]));
}

/// An app that signs in at Cognito itself, as those of the older systems do, and comes to us with what it got.
#[tokio::test]
async fn who_comes_from_cognito_itself_is_a_member_from_the_first_look_on() {
    let (platform, pool) = start().await;
    let call = async |operation: &str, mut body: Value| {
        body["ClientId"] = pool.client_id.as_str().into();
        let request = reqwest::Client::new()
            .post(&pool.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"));
        testkit::Answer::of(request.body(body.to_string())).await.expect(200)
    };
    let email = "minji@example.com";
    let attributes = json!([{"Name": "email", "Value": email}, {"Name": "name", "Value": "minji"}]);
    let body = json!({"Username": email, "Password": PASSWORD, "UserAttributes": attributes});
    call("SignUp", body).await;
    call("ConfirmSignUp", json!({"Username": email, "ConfirmationCode": "123456"})).await;
    let parameters = json!({"USERNAME": email, "PASSWORD": PASSWORD});
    let body = json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let result = call("InitiateAuth", body).await["AuthenticationResult"].clone();
    let token = result["AccessToken"].as_str();

    let me = platform.get("/api/auth/me", token).await.expect(200);
    assert_eq!((&me["name"], &me["email"]), (&json!("minji"), &json!(email)));
    let member = json!({"id": me["id"], "name": "minji"});
    until(async || {
        let home = platform.get("/api/home", token).await;
        (home.status == 200 && home.json()["member"] == member).then_some(())
    })
    .await;
}

/// Tokens of these claims, by the key of moto's pools. Elsewhere, so that connections of this thread live meanwhile.
async fn mint(claims: Vec<Value>) -> Vec<String> {
    let claims = Value::from(claims).to_string();
    tokio::task::spawn_blocking(move || MOTO.mint(&claims)).await.unwrap().unwrap()
}

fn good(pool: &Pool, now: i64) -> Value {
    json!({
        "iss": pool.issuer(), "client_id": pool.client_id, "token_use": "access",
        "sub": Uuid::new_v4(), "origin_jti": Uuid::new_v4(), "jti": Uuid::new_v4(),
        "username": "minji", "scope": "aws.cognito.signin.user.admin", "version": 2,
        "auth_time": now, "iat": now, "exp": now + 600,
    })
}

#[tokio::test]
async fn tokens_by_the_pools_own_key_are_refused_where_a_claim_is_wrong() {
    let (platform, pool) = start().await;
    let now = Clock::system().now().as_second();
    let other_pool = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_another";
    let rows = [
        json!({}),
        json!({"exp": now - 1}),
        json!({"exp": null}),
        json!({"iat": now + 3600}),
        json!({"iat": null}),
        json!({"client_id": "another"}),
        json!({"client_id": null}),
        json!({"client_id": null, "aud": "another"}),
        json!({"iss": other_pool}),
        json!({"iss": "http://localhost:8000"}),
        json!({"iss": null}),
        json!({"token_use": "id", "client_id": null, "aud": pool.client_id}),
        json!({"token_use": "id"}),
        json!({"token_use": "refresh"}),
        json!({"token_use": null}),
        json!({"sub": null}),
        json!({"sub": "minji"}),
    ];
    let claims = rows.iter().map(|changes| {
        let mut claims = good(&pool, now).as_object().unwrap().clone();
        claims.extend(changes.as_object().unwrap().clone());
        claims.retain(|_, value| !value.is_null());
        Value::Object(claims)
    });
    for (changes, token) in rows.iter().zip(mint(claims.collect()).await) {
        let answer = platform.get("/api/auth/check", Some(&token)).await;
        if *changes == json!({}) {
            answer.expect(200);
            continue;
        }
        answer.expect_problem(401, "unauthenticated");
        assert!(answer.headers.contains_key("www-authenticate"), "{changes}");
    }
    let id_token = sign_up(&platform, "minji").await["id_token"].clone();
    platform.get("/api/auth/me", id_token.as_str()).await.expect_problem(401, "unauthenticated");
}
