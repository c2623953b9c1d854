//! Reference data of another service, kept here: reading it costs no call and no lock, and goes on while the owner is
//! away.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use prometheus::{IntCounterVec, register_int_counter_vec};
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use crate::{Client, Error, Fetched};

/// How often what is known is revalidated when no event says that it changed.
const REVALIDATE: Duration = Duration::from_secs(60);
/// How soon a revalidation that failed is made again: what it was asked for may have changed.
const RETRY_STALE: Duration = Duration::from_secs(5);
/// How often a service that was never reached is asked.
const RETRY: Duration = Duration::from_millis(500);

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static REVALIDATIONS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "client_revalidations_total",
        "Looks whether reference data has changed, by how they ended: fresh, failed.",
        &["upstream", "document", "outcome"]
    )
    .expect("registered once")
});

/// The owner has not been reached since this process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} was never reached")]
pub struct NotReached {
    /// What was asked for.
    pub path: &'static str,
}

/// One document of another service. Cheap to clone; clones share it.
#[derive(Debug)]
pub struct Cached<T> {
    inner: Arc<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    client: Client,
    path: &'static str,
    known: ArcSwapOption<T>,
    stale: Notify,
}

impl<T> Clone for Cached<T> {
    fn clone(&self) -> Self {
        Cached { inner: Arc::clone(&self.inner) }
    }
}

impl<T: DeserializeOwned + 'static> Cached<T> {
    /// A document that is not known yet: [`Cached::keep`] fetches it.
    pub fn new(client: Client, path: &'static str) -> Self {
        let (known, stale) = (ArcSwapOption::empty(), Notify::new());
        Cached { inner: Arc::new(Inner { client, path, known, stale }) }
    }

    /// What is known now.
    pub fn get(&self) -> Result<Arc<T>, NotReached> {
        self.inner.known.load_full().ok_or(NotReached { path: self.inner.path })
    }

    /// Says that the owner has something newer: it is asked now rather than within a minute.
    pub fn revalidate(&self) {
        self.inner.stale.notify_one();
    }

    /// Fetches the document and keeps it fresh, for as long as it is polled. Every attempt is reported: `Ok` once it is
    /// known (even if stale), the error while it never was.
    pub async fn keep(self, report: impl Fn(Result<(), &Error>)) {
        let Inner { client, path, known, stale } = &*self.inner;
        let mut etag: Option<String> = None;
        let count = |outcome| REVALIDATIONS.with_label_values(&[client.service(), path, outcome]);
        let (fresh, failed) = (count("fresh"), count("failed"));
        loop {
            let answer = client.get_if_changed::<T>(path, etag.as_deref()).await;
            if answer.is_ok() { &fresh } else { &failed }.inc();
            let pause = match answer {
                Ok(Fetched::New(value, tag)) => {
                    known.store(Some(Arc::new(value)));
                    etag = tag;
                    report(Ok(()));
                    REVALIDATE
                }
                Ok(Fetched::Unchanged) => {
                    report(Ok(()));
                    REVALIDATE
                }
                Err(error) if known.load().is_none() => {
                    report(Err(&error));
                    RETRY
                }
                Err(error) => {
                    tracing::warn!(%error, path, "serving stale reference data");
                    RETRY_STALE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stale.notified() => {}
            }
        }
    }
}
