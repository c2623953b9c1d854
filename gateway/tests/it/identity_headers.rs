//! What a service is told of who asks: by the door alone (`header_matrix` shows the rest of promise 1).

use identity::assertion::{AssertionKeys, AssertionVerifier};

use crate::support::{House, MEMBER, now};

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
async fn a_token_is_passed_on_where_the_table_says_so_once_it_is_believed() {
    let house = House::start().await;
    let token = house.token(&[]);
    for (path, shown) in [("/api/auth/me", true), ("/api/auth/check", false)] {
        house.get(path).bearer_auth("nonsense").send().await.unwrap();
        assert!(house.service.seen().is_empty(), "{path}");
        assert_eq!(house.get(path).bearer_auth(&token).send().await.unwrap().status(), 200);
        let seen = house.service.only();
        let expected = format!("Bearer {token}");
        assert_eq!(seen.header("authorization"), shown.then_some(&*expected), "{path}");
        assert_eq!(seen.header("x-user-id"), Some(&*MEMBER.to_string()));
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
