//! Promise 1: what a client says about who it is never reaches a service, and a service's word never the client.

use futures_util::future::join_all;
use identity::assertion::{AssertionKeys, AssertionVerifier};

use crate::support::{House, MEMBER, now};

const SPELLINGS: &[&str] = &[
    "X-User-Id: intruder",
    "x-user-id: intruder",
    "X-USER-ID: intruder",
    "x_user_id: intruder",
    "X_User-Id: intruder",
    "X-User-Id: intruder\r\nX-User-Id: intruder",
    "X-User-Roles: intruder",
    "x_user_roles: intruder",
    "X-Assertion: intruder",
    "X_Assertion: intruder",
    "Connection: X-User-Id\r\nX-User-Id: intruder",
    "Connection: close, X-Assertion, x-user-roles\r\nX-User-Id: intruder\r\nX-Assertion: intruder",
];

/// Method and target, headers, body.
const KINDS: &[(&str, &str, &str)] = &[
    ("GET /api/characters", "", ""),
    ("GET /api/characters/", "", ""),
    ("POST /api/auth/login", "Content-Length: 2", "{}"),
    ("GET /api/home", "Authorization: Bearer TOKEN", ""),
    ("GET /api/home", "", ""),
    ("PUT /api/app-settings", "Authorization: Bearer TOKEN\r\nContent-Length: 2", "{}"),
    ("GET /api/nowhere", "", ""),
    ("GET /int/auth/revocations", "", ""),
    ("DELETE /api/home", "", ""),
    ("OPTIONS /api/home", "Origin: https://app.test\r\nAccess-Control-Request-Method: GET", ""),
    ("OPTIONS /api/home", "", ""),
    ("GET /health", "", ""),
    (
        "GET /api/characters",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "",
    ),
    (
        "GET /api/home",
        "Authorization: Bearer TOKEN\r\nConnection: Upgrade\r\nUpgrade: websocket",
        "",
    ),
    (
        "POST /api/auth/login",
        "Transfer-Encoding: chunked\r\nTrailer: X-User-Id",
        "2\r\n{}\r\n0\r\nX-User-Id: intruder\r\nx_user_id: intruder\r\n\r\n",
    ),
];

#[tokio::test]
async fn no_spelling_passes_on_any_kind_of_route() {
    let house = House::with(&[("CORS_ORIGINS", "https://app.test")]).await;
    let token = house.token(&["admin"]);
    let mut reached = 0;
    for (target, headers, body) in KINDS {
        let close = if headers.contains("Upgrade") { "" } else { "Connection: close\r\n" };
        let headers = headers.replace("TOKEN", &token);
        let lines = if headers.is_empty() { headers } else { headers + "\r\n" };
        let requests = SPELLINGS.iter().map(|spelling| {
            let head = format!("{target} HTTP/1.1\r\nHost: door.test\r\n{spelling}\r\n");
            format!("{head}{close}{lines}\r\n{body}")
        });
        let requests: Vec<String> = requests.collect();
        for answer in join_all(requests.iter().map(|request| house.raw(request))).await {
            assert!(answer.starts_with("HTTP/1.1 "), "{target}: {answer}");
            let answer = answer.to_lowercase();
            assert!(
                !answer.contains("intruder") && !answer.contains("leaked"),
                "{target}: {answer}"
            );
            // Nobody here upgrades: such a connection is of no more use.
            assert!(answer.contains("connection: close"), "{target}: {answer}");
        }
        let expected = lines.contains("Bearer").then(|| MEMBER.to_string());
        for seen in house.service.seen() {
            reached += 1;
            let told = format!("{:?}", seen.headers);
            assert!(!told.contains("intruder"), "{target}: {told}");
            assert!(!seen.headers.iter().any(|(name, _)| name.contains('_')), "{told}");
            assert_eq!(seen.header("x-user-id"), expected.as_deref(), "{target}");
            assert_eq!(seen.header("x-assertion").is_some(), expected.is_some(), "{target}");
        }
    }
    assert!(reached >= 7 * SPELLINGS.len(), "only {reached} requests reached the service");
}

#[tokio::test]
async fn a_member_is_told_to_the_service_with_proof_and_nothing_else() {
    let house = House::start().await;
    let request = house.get("/api/home?lang=ko").bearer_auth(house.token(&["coach", "admin"]));
    let request = request.header("accept-encoding", "zstd").header("x-forwarded-for", "1.1.1.1");
    let answer = request.header("x-request-id", "my-request-1").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-request-id"], "my-request-1");
    assert_eq!(answer.headers()["x-kept"], "kept");
    assert!(!answer.headers().contains_key("x-user-id"));
    assert!(!answer.headers().contains_key("x-assertion"));

    let seen = house.service.only();
    assert_eq!(seen.target, "/api/home?lang=ko");
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("x-user-id"), Some(&*MEMBER.to_string()));
    assert_eq!(seen.header("x-user-roles"), Some("admin,coach"));
    assert_eq!(seen.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("http"));
    assert_eq!(seen.header("x-forwarded-host"), Some(&*house.gateway.address.to_string()));
    assert_eq!(seen.header("host"), Some(house.service.url.trim_start_matches("http://")));
    assert_eq!(seen.header("x-request-id"), Some("my-request-1"));
    assert_eq!(seen.header("accept-encoding"), Some("zstd"));
    assert_eq!(seen.header("user-agent"), None, "the door adds none of its own");

    let assertion = seen.header("x-assertion").unwrap();
    let entry = house.assertion_key.public_entry("gateway").unwrap();
    let keys = || entry.parse::<AssertionKeys>().unwrap();
    let believed = AssertionVerifier::new("quest", keys(), 1).verify(assertion, now()).unwrap();
    assert_eq!((believed.user_id, &*believed.issuer), (Some(MEMBER), "gateway"));
    assert!(believed.roles.has("admin"));
    assert!(AssertionVerifier::new("auth", keys(), 1).verify(assertion, now()).is_err());
}

#[tokio::test]
async fn a_token_on_a_public_route_is_neither_looked_at_nor_passed_on() {
    let house = House::start().await;
    for token in ["nonsense".to_owned(), house.token(&[])] {
        let answer = house.get("/api/characters").bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let seen = house.service.only();
        assert_eq!(seen.header("authorization"), None);
        assert_eq!(seen.header("x-user-id"), None);
        assert_eq!(seen.header("accept-encoding"), None, "bytes pass as they are");
    }
}

#[tokio::test]
async fn the_real_address_comes_only_through_trusted_proxies() {
    let house = House::with(&[("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")]).await;
    let request =
        house.get("/api/characters").header("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.3");
    let request = request.header("x-forwarded-proto", "https").header("x-real-ip", "6.6.6.6");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let seen = house.service.only();
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.9, 10.0.0.3, 127.0.0.1"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("https"));
    assert_eq!(seen.header("x-real-ip"), None);
}
