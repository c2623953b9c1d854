//! One issuer's public keys: fetched, kept fresh, served stale.
//!
//! Reading a key takes no lock. Every fetch goes through [`IssuerKeys::board`], so there is at most one in the air; a
//! token with a known key never waits for it. Nothing about an unknown key name is remembered: it can ask for one
//! fetch in each window, and after it, whoever it comes from, is refused.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use prometheus::{IntCounter, IntCounterVec, register_int_counter_vec};
use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use url::Url;

use super::VerifierSettings;
use crate::Refusal;
use crate::keys::VerifyingKey;

const LARGEST_ANSWER_BYTES: usize = 64 * 1024;
const MOST_KEYS: usize = 64;
const LONGEST_RETRY: Duration = Duration::from_secs(60);

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static FETCHES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "identity_jwks_fetches_total",
        "Fetches of an issuer's keys, by how they ended: fetched, failed.",
        &["issuer", "outcome"]
    )
    .expect("registered once")
});

/// A key as it was published.
pub(super) struct TrustedKey {
    pub(super) key: VerifyingKey,
    jwk: Jwk,
    retired: AtomicBool,
}

impl TrustedKey {
    /// Whether the issuer has taken the key back: then what was verified by it must be looked at anew.
    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }
}

type KeySet = HashMap<String, Arc<TrustedKey>>;

/// The keys of one issuer.
pub(super) struct IssuerKeys {
    source: Option<Source>,
    current: ArcSwap<KeySet>,
    /// The last fetch failed, or there has been none.
    away: AtomicBool,
    flight: Mutex<Flight>,
    /// Names of keys that are believed no more, published or not. Whoever writes `current` holds it.
    revoked: Mutex<HashSet<String>>,
}

struct Source {
    url: Url,
    fetched: IntCounter,
    failed: IntCounter,
    http: Client,
    settings: VerifierSettings,
}

struct Flight {
    /// Closes when the fetch has ended.
    landed: watch::Receiver<()>,
    /// When an unknown key last made us fetch.
    demanded_at: Option<Instant>,
}

impl IssuerKeys {
    /// Keys of `issuer` that are fetched; none until the first fetch.
    pub(super) fn remote(issuer: &str, url: Url, http: Client, settings: VerifierSettings) -> Self {
        let count = |outcome| FETCHES.with_label_values(&[issuer, outcome]);
        let (fetched, failed) = (count("fetched"), count("failed"));
        Self::new(Some(Source { url, fetched, failed, http, settings }), KeySet::new())
    }

    /// Keys that are given, and are all there is.
    pub(super) fn fixed(jwks: JwkSet) -> Self {
        Self::new(None, trusted(jwks.keys, &KeySet::new(), &HashSet::new()))
    }

    fn new(source: Option<Source>, keys: KeySet) -> Self {
        IssuerKeys {
            away: AtomicBool::new(source.is_some()),
            source,
            current: ArcSwap::from_pointee(keys),
            flight: Mutex::new(Flight { landed: watch::channel(()).1, demanded_at: None }),
            revoked: Mutex::default(),
        }
    }

    /// Whether there is any key at all.
    pub(super) fn is_empty(&self) -> bool {
        self.current.load().is_empty()
    }

    /// The key of this name; an unknown one may have us look whether the issuer has published it by now.
    pub(super) async fn find(self: &Arc<Self>, kid: &str) -> Result<Arc<TrustedKey>, Refusal> {
        if let Some(key) = self.known(kid) {
            return Ok(key);
        }
        if self.revoked().contains(kid) {
            return Err(Refusal::RevokedKey);
        }
        if let Some(mut landed) = self.board(true) {
            let _closed = landed.changed().await;
        }
        match self.known(kid) {
            Some(key) => Ok(key),
            None if self.away.load(Ordering::Relaxed) => Err(Refusal::KeysUnavailable),
            None => Err(Refusal::UnknownKey),
        }
    }

    /// Fetches now and then for ever: every `refresh_every`, sooner after a failure.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        let Some(source) = &self.source else { return };
        let mut failures = 0;
        loop {
            if let Some(mut landed) = self.board(false) {
                let _closed = landed.changed().await;
            }
            let pause = if self.away.load(Ordering::Relaxed) {
                failures = (failures + 1).min(10);
                let backoff = Duration::from_millis(500) * 2_u32.pow(failures);
                backoff.min(LONGEST_RETRY).min(source.settings.refresh_every)
            } else {
                failures = 0;
                source.settings.refresh_every
            };
            sleep(pause.mul_f64(rand::random_range(0.9..1.1))).await;
        }
    }

    /// Believes these keys no more, nor what was verified by them, whatever the issuer publishes.
    pub(super) fn revoke(&self, kids: &[String]) {
        let mut revoked = self.revoked();
        let before = revoked.len();
        revoked.extend(kids.iter().cloned());
        if revoked.len() > before {
            let mut keys = KeySet::clone(&self.current.load());
            keys.retain(|kid, _| !revoked.contains(kid));
            self.replace(keys);
        }
    }

    fn revoked(&self) -> MutexGuard<'_, HashSet<String>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, kid: &str) -> Option<Arc<TrustedKey>> {
        self.current.load().get(kid).cloned()
    }

    /// Joins the fetch that is in the air, or starts one; none where an unknown key asks too soon after another. The
    /// fetch is a task of its own: a client that hangs up does not take it along.
    fn board(self: &Arc<Self>, demanded: bool) -> Option<watch::Receiver<()>> {
        let source = self.source.as_ref()?;
        let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if !flight.landed.is_closed() {
            return Some(flight.landed.clone());
        }
        if demanded {
            let window = source.settings.unknown_key_every;
            if flight.demanded_at.is_some_and(|at| at.elapsed() < window) {
                return None;
            }
            flight.demanded_at = Some(Instant::now());
        }
        let (in_the_air, landed) = watch::channel(());
        flight.landed = landed.clone();
        let keys = Arc::clone(self);
        tokio::spawn(async move {
            keys.fetch().await;
            drop(in_the_air);
        });
        Some(landed)
    }

    async fn fetch(&self) {
        let Some(source) = &self.source else { return };
        let downloaded = download(source).await;
        let revoked = self.revoked();
        let answer = downloaded.and_then(|keys| {
            let keys = trusted(keys, &self.current.load(), &revoked);
            if keys.is_empty() { Err("no usable key".into()) } else { Ok(keys) }
        });
        match answer {
            Ok(keys) => {
                self.replace(keys);
                source.fetched.inc();
                self.away.store(false, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::warn!(url = %source.url, error, "an issuer's keys could not be fetched");
                source.failed.inc();
                self.away.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Puts keys in the place of the others, and tells those that do not stay.
    fn replace(&self, keys: KeySet) {
        let old = self.current.swap(keys.into());
        let new = self.current.load();
        for (kid, key) in old.iter() {
            let stays = new.get(kid).is_some_and(|other| Arc::ptr_eq(key, other));
            key.retired.store(!stays, Ordering::Relaxed);
        }
    }
}

/// The usable ones of the published keys. One that has not changed stays the same object.
fn trusted(
    published: impl IntoIterator<Item = Jwk>,
    before: &KeySet,
    revoked: &HashSet<String>,
) -> KeySet {
    let mut keys = KeySet::new();
    for jwk in published {
        let Some(kid) = jwk.common.key_id.clone().filter(|kid| !revoked.contains(kid)) else {
            continue;
        };
        let unchanged = before.get(&kid).filter(|old| old.jwk == jwk).map(Arc::clone);
        let key = unchanged.or_else(|| {
            let key = VerifyingKey::from_jwk(&jwk)?;
            let retired = AtomicBool::new(false);
            Some(Arc::new(TrustedKey { key, jwk, retired }))
        });
        if let Some(key) = key {
            keys.entry(kid).or_insert(key);
        }
    }
    keys
}

/// The document, bounded in time and size; what is no JWK is left out.
async fn download(source: &Source) -> Result<Vec<Jwk>, String> {
    #[derive(Deserialize)]
    struct Document {
        keys: Vec<Value>,
    }
    let request = source.http.get(source.url.clone()).timeout(source.settings.fetch_timeout);
    let mut answer = request.send().await.map_err(|error| whole_story(&error))?;
    if answer.status() != 200 {
        return Err(format!("it answered {}", answer.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| whole_story(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER_BYTES {
            return Err(format!("it answered more than {LARGEST_ANSWER_BYTES} bytes"));
        }
    }
    let document: Document = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let keys = document.keys.into_iter().take(MOST_KEYS);
    Ok(keys.filter_map(|key| serde_json::from_value(key).ok()).collect())
}

/// `reqwest` says what failed; only its sources say why.
fn whole_story(error: &reqwest::Error) -> String {
    let mut story = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        story = format!("{story}: {cause}");
        source = cause.source();
    }
    story
}
