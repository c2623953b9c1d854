//! What a service tells the chassis about itself.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::web::ServiceConfig;
use futures_util::FutureExt;
use identity::assertion::{AssertionSigner, Subject};
use identity::keys::SigningKey;
use reqwest::header::HeaderValue;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Clock, Readiness, Settings};

/// Why a process does not start: said on standard error, in one line.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// A domain service: its own tables, its own routes.
pub trait Service: 'static {
    /// The service's name: its schema, its roles, the audience of assertions for it.
    const NAME: &'static str;
    /// Its tables.
    const MIGRATIONS: pg::EmbeddedMigrations;
    /// Its own settings, from the environment.
    type Config: DeserializeOwned + JsonSchema + Send + 'static;
    /// What its handlers work with.
    type State: WithPool;

    /// Builds the state and starts what runs in the background. Must not wait for other services: what is not there yet
    /// is said to [`Readiness`].
    fn start(
        config: Self::Config,
        startup: &Startup,
    ) -> impl Future<Output = Result<Self::State, StartError>>;

    /// The whole route table.
    fn routes(app: &mut ServiceConfig);
}

/// A state that every worker has with a pool of its own: a connection lives on the runtime that opened it.
pub trait WithPool: Clone + Send + Sync + 'static {
    /// The same state on another pool.
    fn with_pool(&self, pool: pg::Pool) -> Self;
}

/// What the chassis gives a service that starts.
#[derive(Clone)]
pub struct Startup {
    /// The service's name.
    pub name: &'static str,
    /// The settings of every process.
    pub settings: Settings,
    /// A pool for background work.
    pub pool: pg::Pool,
    /// Where the database is, for connections that listen.
    pub database: pg::Settings,
    /// The time.
    pub clock: Clock,
    /// What this service signs its calls to other services with.
    pub key: Option<SigningKey>,
    /// What is not there yet.
    pub readiness: Readiness,
    /// Ends background work.
    pub stopping: CancellationToken,
    /// The background work.
    pub(crate) tasks: TaskTracker,
}

impl Startup {
    /// Proves to another service who calls it. Without `ASSERTION_KEY` nothing is proved, and it will refuse.
    pub fn proof(&self, audience: &'static str) -> client::Proof {
        proof(self.name, audience, self.key.clone(), self.clock.clone())
    }

    /// Runs a task in the background until the service stops, wherever it is then. It need not be `Send`.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let stopping = self.stopping.clone();
        self.spawn_to_its_end(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Runs a task that looks at [`Startup::stopping`] itself and is waited for: an event consumer ends its batch.
    ///
    /// One that panics leaves the service without a part of it: it is unready from then on, and says so.
    pub fn spawn_to_its_end(&self, task: impl Future<Output = ()> + 'static) {
        let readiness = self.readiness.clone();
        self.tasks.spawn_local(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                tracing::error!("a background task panicked");
                readiness.wait_for("background", "a task panicked; restart this process");
            }
        });
    }
}

/// Proves to `audience` that `caller` calls, by the caller's key; nothing without one.
pub fn proof(caller: &str, audience: &str, key: Option<SigningKey>, clock: Clock) -> client::Proof {
    let signer = key.map(|key| AssertionSigner::new(caller, audience, key, 1));
    Arc::new(move || {
        let assertion = signer.as_ref()?.sign(&Subject::service(None), clock.now()).ok()?;
        HeaderValue::from_bytes(&assertion).ok()
    })
}
