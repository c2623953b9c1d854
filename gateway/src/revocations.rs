//! Learns every second which sessions have ended (promise 5) and which keys were revoked (promise 4): their access tokens are
//! refused although they are not expired. All of them at the start, then what is new, page by page. Without auth the
//! gateway serves on with what it knows.

use std::sync::Arc;
use std::time::Duration;

use chassis::Readiness;
use client::{Client, Error};
use form_urlencoded::byte_serialize;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::door::Door;
use crate::metrics::{REVOCATIONS_ASKED_AT, REVOCATIONS_HELD};

const EVERY: Duration = Duration::from_secs(1);
const PATH: &str = "/int/auth/revocations";

/// What readiness waits for until auth was asked once, whatever it answered.
pub(crate) const ASKED: &str = "revocations";

/// An answer of auth.
#[derive(Deserialize)]
struct Page {
    items: Vec<Ended>,
    /// The names of all revoked keys.
    #[serde(default)]
    keys: Vec<String>,
    /// Where the next question begins; only auth knows what it means.
    next: String,
    /// Whether there is more to tell at once.
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
struct Ended {
    sid: Uuid,
    /// When the session's last access token expires.
    until: Timestamp,
}

/// Asks auth, and keeps what it says.
pub(crate) struct Poller {
    pub(crate) auth: Client,
    pub(crate) door: Arc<Door>,
    pub(crate) readiness: Readiness,
}

impl Poller {
    /// Never ends.
    pub(crate) async fn run(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut after, mut away) = (None, false);
        REVOCATIONS_ASKED_AT.set(0);
        loop {
            ticks.tick().await;
            match self.follow(&mut after).await {
                Ok(()) => {
                    if std::mem::take(&mut away) {
                        tracing::info!("auth tells again which sessions have ended");
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut away, true) {
                        tracing::error!(%error, "auth does not tell which sessions have ended");
                    }
                    // It may not know our place any more; the next answer is then the whole.
                    if matches!(error, Error::Refused { .. }) {
                        after = None;
                    }
                }
            }
            self.readiness.reached(ASKED);
        }
    }

    /// Reads on from where it stands until there is no more. What was read holds at once; an end is never taken back.
    async fn follow(&self, after: &mut Option<String>) -> Result<(), Error> {
        let Door { verifier, revocations, clock, .. } = &*self.door;
        loop {
            let page = self.ask(after.as_deref()).await?;
            verifier.revoke_keys(&page.keys);
            revocations.add(page.items.into_iter().map(|ended| (ended.sid, ended.until)));
            *after = Some(page.next);
            let now = clock.now();
            revocations.expire(now);
            REVOCATIONS_HELD.set(revocations.len() as i64);
            REVOCATIONS_ASKED_AT.set(now.as_second());
            if !page.more {
                return Ok(());
            }
        }
    }

    async fn ask(&self, after: Option<&str>) -> Result<Page, Error> {
        let mut path = PATH.to_owned();
        if let Some(after) = after {
            path.push_str("?after=");
            path.extend(byte_serialize(after.as_bytes()));
        }
        self.auth.get(&path).await
    }
}
