//! What can be connected.

use crate::World;

#[tokio::test]
async fn channels_are_listed_and_those_that_do_not_know_us_are_not_available() {
    let clients = r#"{"x": {"client_id": "damacorch", "client_secret": "a secret"}}"#;
    let world = World::start(&[("OAUTH_CLIENTS", clients)]).await;
    let body = world.sns.as_stranger().get("/api/sns/channels").await.expect(200);
    let items = body["items"].as_array().unwrap();
    assert_eq!(items.len(), 16);
    for item in items {
        let oauth = item["kind"] == "oauth";
        assert_eq!(item["connect"], if oauth { "oauth" } else { "address" }, "{item}");
        assert_eq!(item["available"], !oauth || item["key"] == "x", "{item}");
    }
    assert_eq!(items[0]["key"], "naver-blog");
}

/// Every provider's row is read as it will be when somebody connects it.
#[tokio::test]
async fn a_round_begins_at_every_provider_that_is_listed() {
    let keys = ["youtube-account", "instagram", "threads", "x", "kakao", "naver", "google"];
    let client = r#"{"client_id": "damacorch", "client_secret": "a secret"}"#;
    let clients: Vec<_> = keys.iter().map(|key| format!("\"{key}\": {client}")).collect();
    let clients = format!("{{{}}}", clients.join(","));
    let world = World::start(&[("OAUTH_CLIENTS", &*clients)]).await;
    let user_id = crate::somebody();
    for (key, host, scope) in [
        (
            "youtube-account",
            "accounts.google.com",
            "https://www.googleapis.com/auth/youtube.readonly",
        ),
        ("instagram", "www.instagram.com", "instagram_business_basic"),
        ("threads", "threads.net", "threads_basic"),
        ("x", "x.com", "tweet.read users.read offline.access"),
        ("kakao", "kauth.kakao.com", ""),
        ("naver", "nid.naver.com", ""),
        ("google", "accounts.google.com", "openid profile"),
    ] {
        let path = format!("/api/sns/oauth/{key}/start");
        let body = world.member(user_id).get(&path).await.expect(200);
        let url = url::Url::parse(body["authorization_url"].as_str().unwrap()).unwrap();
        assert_eq!(url.host_str(), Some(host));
        let asked = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        assert_eq!(asked("scope").unwrap_or_default(), scope, "{key}");
        assert_eq!(asked("code_challenge_method").as_deref(), Some("S256"));
        let back = format!("http://localhost:8000/sns/{key}");
        assert_eq!(asked("redirect_uri"), Some(back));
    }
}
