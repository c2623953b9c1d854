//! A provider that is not ours, a channel for it, and a browser between it and us.

use std::collections::BTreeMap;
use std::path::Path;

use contracts::UserId;
use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use testkit::Answer;
use tools::OidcProvider;
use url::Url;
use uuid::Uuid;

use crate::{KEYS, World};

/// Where the provider sends browsers back to.
const PAGE: &str = "http://localhost:8000/sns/elsewhere";

/// A provider, which ends with the test.
pub(crate) struct Provider(OidcProvider);

impl Provider {
    pub(crate) async fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/oauth/provider.mjs");
        let log = format!("oauth-provider-{}.log", Uuid::new_v4());
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(log);
        let start = move || OidcProvider::start(&script, PAGE, &log).unwrap();
        Provider(tokio::task::spawn_blocking(start).await.unwrap())
    }

    /// sns, with a channel for it.
    pub(crate) async fn world(&self) -> World {
        self.world_told(&[]).await
    }

    /// The same, which is told more.
    pub(crate) async fn world_told(&self, more: &[(&str, &str)]) -> World {
        let settings = self.settings(KEYS);
        let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
        let settings: Vec<_> = settings.chain(more.iter().copied()).collect();
        let world = World::start(&settings).await;
        let at = |path: &str| format!("http://{}{path}", self.0.address());
        let revocation = json!({"url": at("/token/revocation"), "how": "token"});
        let profile = json!({"url": at("/me"), "id": "/id", "name": "/name"});
        let posts = json!({
            "url": at("/posts"), "items": "/data", "id": "/id", "text": ["/text"], "published_at": "/at",
            "next": {"url": "/paging/next"},
        });
        world
            .rows(&format!(
                "INSERT INTO sns.sns_channels (position, key, name, kind, authorize_url, token_url, scopes, revocation,
                                               profile, posts)
                 VALUES (99, 'elsewhere', 'Elsewhere', 'oauth', '{}', '{}', '{{openid,posts}}', '{revocation}',
                         '{profile}', '{posts}')",
                at("/auth"),
                at("/token"),
            ))
            .await;
        world
    }

    /// What sns is told.
    pub(crate) fn settings(&self, keys: &str) -> [(&'static str, String); 3] {
        let clients =
            r#"{"elsewhere": {"client_id": "damacorch", "client_secret": "a secret between us"}}"#;
        [
            ("OAUTH_CLIENTS", clients.to_owned()),
            ("EGRESS_BESIDES", self.0.address().to_string()),
            ("TOKEN_KEYS", keys.to_owned()),
        ]
    }

    /// What it was asked so far.
    pub(crate) async fn asked(&self, what: &str) -> u64 {
        self.get("/state").await[what].as_u64().unwrap()
    }

    pub(crate) async fn mood(&self, mood: &str) {
        self.get(&format!("/mood?is={mood}")).await;
    }

    /// Lets nobody in who has come before.
    pub(crate) async fn forget(&self) {
        self.get("/forget").await;
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("http://{}{path}", self.0.address());
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }
}

/// Where a round of a member goes.
pub(crate) async fn begin(world: &World, user_id: UserId) -> Url {
    let body = world.member(user_id).get("/api/sns/oauth/elsewhere/start").await.expect(200);
    Url::parse(body["authorization_url"].as_str().unwrap()).unwrap()
}

/// Goes to the provider as somebody; says with what query it sends the browser back.
pub(crate) async fn ask_provider(mut url: Url, who: &str) -> String {
    let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let mut cookies = BTreeMap::new();
    url.query_pairs_mut().append_pair("login_hint", who);
    for _ in 0..10 {
        let sent: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = http.get(url.as_str()).header("cookie", sent.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let next = answer.headers().get("location").unwrap_or_else(|| panic!("{url}: {answer:?}"));
        url = url.join(next.to_str().unwrap()).unwrap();
        if url.as_str().starts_with(PAGE) {
            return url.query().unwrap().to_owned();
        }
    }
    panic!("it leads nowhere: {url}");
}

/// The page asks the callback as a member.
pub(crate) async fn come_back(world: &World, user_id: UserId, query: &str) -> Answer {
    let path = format!("/api/sns/oauth/elsewhere/callback?{query}");
    world.member(user_id).get(&path).await
}

/// The whole round.
pub(crate) async fn connect(world: &World, user_id: UserId, who: &str) -> Value {
    let query = ask_provider(begin(world, user_id).await, who).await;
    come_back(world, user_id, &query).await.expect(201)
}
