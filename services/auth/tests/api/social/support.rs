//! A provider that is not ours, and a browser between it and us.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::OnceLock;

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::json;
use testkit::Answer;
use tools::OidcProvider;
use url::Url;

use crate::{AuthService, start_with};

/// Where browsers find us, as the provider was told.
pub(super) const PUBLIC: &str = "http://localhost:8000";
/// A page that may take over.
pub(super) const PAGE: &str = "https://app.example.org/signed-in?by=google";

/// The issuers, which run until the tests end.
fn provider() -> SocketAddr {
    static RUNNING: OnceLock<OidcProvider> = OnceLock::new();
    let start = || {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/social/provider.mjs");
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider.log");
        OidcProvider::start(&script, &format!("{PUBLIC}/api/auth/NAME/callback"), &log).unwrap()
    };
    RUNNING.get_or_init(start).address()
}

/// auth, where one may sign in with accounts at `google`, `strict` and, `away`, at nobody's.
pub(super) async fn start_social() -> AuthService {
    start_social_at(PUBLIC).await
}

/// The same, found from outside at another address.
pub(super) async fn start_social_at(public_url: &str) -> AuthService {
    let address = tokio::task::spawn_blocking(provider).await.unwrap();
    let named = |name: &str, issuer: String| {
        let (id, secret) = ("damacorch", "a secret between us");
        json!({"name": name, "issuer": issuer, "client_id": id, "client_secret": secret})
    };
    let providers = json!([
        named("google", format!("http://{address}/google")),
        named("strict", format!("http://{address}/strict")),
        named("away", "http://127.0.0.1:1".to_owned()),
    ])
    .to_string();
    let returns = format!("damacorch://signed-in, {PAGE}");
    start_with([
        ("PUBLIC_URL", public_url),
        ("SOCIAL_PROVIDERS", &providers),
        ("SOCIAL_RETURN_URLS", &returns),
    ])
    .await
}

/// A browser: it keeps cookies, and goes where it is sent.
#[derive(Clone)]
pub(super) struct Browser {
    http: Client,
    pub(super) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(super) fn new() -> Self {
        chassis::install_crypto();
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Browser { http, cookies: BTreeMap::new() }
    }

    pub(super) async fn get(&mut self, url: &str) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.http.get(url).header("cookie", cookies.join("; "));
        let answer = Answer::of(request.header("accept-language", "fr")).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => drop(self.cookies.remove(name)),
                _ => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        answer
    }

    /// Where a sign-in at `begin` (`google/login?…`) sends the browser to.
    pub(super) async fn begin(&mut self, auth: &AuthService, begin: &str) -> Url {
        let answer = self.get(&format!("{}/api/auth/{begin}", auth.base_url)).await;
        assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
        location(&answer)
    }

    /// Goes to the provider as somebody; says with what it comes back: a path of ours and its query.
    pub(super) async fn ask_provider(&mut self, mut url: Url, who: &str) -> String {
        url.query_pairs_mut().append_pair("login_hint", who);
        for _ in 0..10 {
            let answer = self.get(url.as_str()).await;
            let next = answer.headers.get("location").unwrap_or_else(|| {
                panic!("{url}: {} {}", answer.status, String::from_utf8_lossy(&answer.body))
            });
            url = url.join(next.to_str().unwrap()).unwrap();
            if let Some(ours) = url.as_str().strip_prefix(PUBLIC) {
                return ours.to_owned();
            }
        }
        panic!("it leads nowhere: {url}");
    }

    /// Comes back to us.
    pub(super) async fn come_back(&mut self, auth: &AuthService, callback: &str) -> Answer {
        self.get(&format!("{}{callback}", auth.base_url)).await
    }

    /// The whole round, as somebody.
    pub(super) async fn sign_in(&mut self, auth: &AuthService, begin: &str, who: &str) -> Answer {
        let url = self.begin(auth, begin).await;
        let callback = self.ask_provider(url, who).await;
        self.come_back(auth, &callback).await
    }
}

/// A whole round of a browser that is new.
pub(super) async fn sign_in(auth: &AuthService, begin: &str, who: &str) -> Answer {
    Browser::new().sign_in(auth, begin, who).await
}

pub(super) fn location(answer: &Answer) -> Url {
    Url::parse(answer.headers["location"].to_str().unwrap()).unwrap()
}

/// A parameter of an address.
pub(super) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
