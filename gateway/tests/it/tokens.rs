//! Who is believed at the door. The verifier's own rules are tested in `identity`; here, what a client is answered.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use identity::Roles;
use identity::access::AccessTokenIssuer;
use identity::keys::{SigningKey, SigningKeys};
use jiff::SignedDuration;

use crate::support::{
    AUDIENCE, COGNITO, COGNITO_CLIENT, House, ISSUER, MEMBER, RSA, now, problem, until,
};

fn cognito(claims: &Value) -> String {
    let keys = SigningKeys::from_pem(&RSA).unwrap();
    let header =
        Header { kid: Some(keys.signing().kid().to_owned()), ..Header::new(Algorithm::RS256) };
    let key = EncodingKey::from_rsa_pem(RSA.expose_secret().as_bytes()).unwrap();
    encode(&header, claims, &key).unwrap()
}

fn cognito_claims() -> Value {
    let now = now().as_second();
    json!({
        "iss": COGNITO, "client_id": COGNITO_CLIENT, "token_use": "access", "sub": MEMBER,
        "origin_jti": Uuid::from_u128(5), "jti": Uuid::from_u128(6), "cognito:groups": ["coach"],
        "scope": "aws.cognito.signin.user.admin", "username": "member", "version": 2,
        "auth_time": now, "iat": now, "exp": now + 600,
    })
}

#[tokio::test]
async fn who_cannot_be_believed_is_a_401_with_a_challenge() {
    let house = House::start().await;
    let forged = {
        let other = SigningKey::generate().unwrap();
        let lifetime = SignedDuration::from_secs(600);
        let issuer = AccessTokenIssuer::new(ISSUER, AUDIENCE, other, lifetime);
        let token = issuer.issue(MEMBER, Uuid::from_u128(1), &Roles::default(), now()).unwrap();
        token.token.expose_secret().to_owned()
    };
    let of = |issuer: &str, audience: &str| {
        let lifetime = SignedDuration::from_secs(600);
        let issuer = AccessTokenIssuer::new(issuer, audience, house.token_key.clone(), lifetime);
        let token = issuer.issue(MEMBER, Uuid::from_u128(1), &Roles::default(), now()).unwrap();
        token.token.expose_secret().to_owned()
    };
    let mut id_token = cognito_claims();
    id_token["token_use"] = "id".into();
    let mut other_client = cognito_claims();
    other_client["client_id"] = "other".into();
    let good = house.token(&[]);
    let cut = &good[..good.len() - 4];
    for (what, authorization) in [
        ("nothing", None),
        ("another scheme", Some("Basic bWU6bWU=".to_owned())),
        ("no token", Some("Bearer ".to_owned())),
        ("nonsense", Some("Bearer nonsense".to_owned())),
        ("forged", Some(format!("Bearer {forged}"))),
        ("cut", Some(format!("Bearer {cut}"))),
        (
            "expired",
            Some(format!("Bearer {}", house.token_of(MEMBER, Uuid::from_u128(1), &[], -1))),
        ),
        ("another issuer", Some(format!("Bearer {}", of("https://other.test", AUDIENCE)))),
        ("another audience", Some(format!("Bearer {}", of(ISSUER, "other")))),
        ("another kind", Some(format!("Bearer {}", cognito(&id_token)))),
        ("another client", Some(format!("Bearer {}", cognito(&other_client)))),
    ] {
        let mut request = house.get("/api/home");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{what}");
        assert!(
            answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"),
            "{what}"
        );
        assert_eq!(problem(answer).await, "unauthenticated", "{what}");
    }
    assert!(house.service.seen().is_empty(), "none of them reached a service");
    assert_eq!(house.get("/api/home").bearer_auth(good).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_token_of_cognitos_shape_works() {
    let house = House::start().await;
    let answer =
        house.get("/api/home").bearer_auth(cognito(&cognito_claims())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let seen = house.service.only();
    assert_eq!(seen.header("x-user-id"), Some(&*MEMBER.to_string()));
    assert_eq!(seen.header("x-user-roles"), Some("coach"));
}

#[tokio::test]
async fn a_route_for_a_role_refuses_members_without_it() {
    let house = House::start().await;
    let put = |roles: &[&str]| {
        let request =
            house.http.put(house.url("/api/app-settings")).bearer_auth(house.token(roles));
        request.body("{}").send()
    };
    let answer = put(&["coach"]).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(problem(answer).await, "forbidden");
    assert!(house.service.seen().is_empty());
    assert_eq!(put(&["admin"]).await.unwrap().status(), 200);
    assert_eq!(house.service.only().body, 2);
}

#[tokio::test]
async fn a_token_ends_while_it_is_remembered() {
    let house = House::start().await;
    let token = house.token_of(MEMBER, Uuid::from_u128(1), &[], 2);
    let get = async || house.get("/api/home").bearer_auth(&token).send().await.unwrap().status();
    assert_eq!(get().await, 200);
    until("the token has ended", async || get().await == 401).await;
}

#[tokio::test]
async fn without_any_key_it_is_our_fault_and_comes_back_by_itself() {
    let house = House::start().await;
    let keys = house.service.script.jwks.lock().unwrap().take();
    // A house of its own whose issuers were never reached.
    let lonely = House::with(&[("TOKEN_ISSUERS", &issuers(&house.service.url))]).await;
    let get = async || {
        let token = house.token(&[]);
        lonely.get("/api/home").bearer_auth(token).send().await.unwrap()
    };
    let answer = get().await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(problem(answer).await, "unavailable");
    *house.service.script.jwks.lock().unwrap() = keys;
    until("keys are there", async || get().await.status() == 200).await;
}

fn issuers(url: &str) -> String {
    let jwks = format!("{url}/.well-known/jwks.json");
    json!([{"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": jwks}]).to_string()
}
