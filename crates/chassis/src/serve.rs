//! Runs a service: a background thread for what is not a request, workers for what is, and the graceful stop.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Clock, Draining, Readiness, Service, Settings, StartError, Startup, Trust, WithPool};

/// The largest body a service reads; a route that takes more says so itself.
const BODY_LIMIT: usize = 64 * 1024;

/// How long the database may take to answer the look at it.
const ANSWER: Duration = Duration::from_secs(2);

/// How long background work may take to end.
const LAST_BATCH: Duration = Duration::from_secs(5);

/// A service that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens: with port 0 in the settings, the port it got.
    pub address: SocketAddr,
    /// What it waits for.
    pub readiness: Readiness,
    settings: Settings,
    draining: Draining,
    stopping: CancellationToken,
    server: ServerHandle,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
    background: std::thread::JoinHandle<()>,
}

impl Running {
    /// Stops at once, for tests: what runs is cut off.
    pub fn abort(&self) {
        drop(self.server.stop(false));
        self.stopping.cancel();
    }

    /// Stops in order: unready, connections told to close, time to notice, running requests ended, background ended.
    pub async fn stop(self) -> std::io::Result<()> {
        self.readiness.wait_for("stop", "this process is stopping");
        self.draining.begin();
        tokio::time::sleep(Duration::from_secs(self.settings.shutdown_delay)).await;
        self.server.stop(true).await;
        let ended = self.ended.await.map_err(std::io::Error::other)?;
        self.stopping.cancel();
        let background = self.background;
        let _ = tokio::task::spawn_blocking(move || background.join()).await;
        ended
    }
}

/// Starts a service and returns once it listens.
pub async fn serve<S: Service>(
    settings: Settings,
    database: pg::Settings,
    trust: &Trust,
    clock: Clock,
    config: S::Config,
) -> Result<Running, StartError> {
    crate::raise_open_files();
    let readiness = Readiness::default();
    let draining = Draining::default();
    let stopping = CancellationToken::new();
    let assertions = web::Data::new(trust.assertions(S::NAME, &clock)?);
    let startup = Startup {
        name: S::NAME,
        settings: settings.clone(),
        pool: pg::Pool::new(&database)?,
        database: database.clone(),
        clock,
        key: trust.key()?,
        readiness: readiness.clone(),
        stopping: stopping.clone(),
        tasks: TaskTracker::new(),
    };
    let (state, background) = start_background::<S>(startup, config).await?;

    let listener = TcpListener::bind(settings.listen)
        .map_err(|error| format!("cannot listen on {} (LISTEN): {error}", settings.listen))?;
    let address = listener.local_addr()?;
    let factory = {
        let (settings, database) = (settings.clone(), database.clone());
        let (readiness, draining) = (readiness.clone(), draining.clone());
        move || {
            // One pool a worker, made where the worker runs. Its settings were tried above.
            let state = pg::Pool::new(&database).map(|pool| state.with_pool(pool));
            App::new()
                .app_data(web::PayloadConfig::new(BODY_LIMIT))
                .app_data(web::Data::new(settings.clone()))
                .app_data(web::Data::new(readiness.clone()))
                .app_data(web::Data::new(draining.clone()))
                .app_data(assertions.clone())
                .configure(crate::health::routes)
                .configure(|app| {
                    if let Ok(state) = state {
                        app.app_data(web::Data::new(state));
                    }
                })
                .configure(S::routes)
                .default_service(web::to(problem::not_found))
                .wrap(from_fn(crate::observe))
        }
    };
    let server = HttpServer::new(factory)
        .workers(settings.workers)
        .shutdown_timeout(settings.shutdown_timeout)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    let ended = tokio::spawn(server);
    tracing::info!(%address, workers = settings.workers, "listening");
    Ok(Running {
        address,
        readiness,
        settings,
        draining,
        stopping,
        server: handle,
        ended,
        background,
    })
}

/// Starts the service on a thread of its own, where background work stays: a slow handler cannot hold it up, and it
/// cannot hold up a request.
async fn start_background<S: Service>(
    startup: Startup,
    config: S::Config,
) -> Result<(S::State, std::thread::JoinHandle<()>), StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (report, started) = oneshot::channel();
    let probe = pg::Probe::new(&startup.database)?;
    let stopping = startup.stopping.clone();
    let thread = std::thread::Builder::new().name("background".into()).spawn(move || {
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async move {
            startup.readiness.wait_for("database", "not looked at yet");
            startup.spawn(watch_database(probe, startup.readiness.clone()));
            let state = S::start(config, &startup).await;
            let failed = state.is_err();
            if report.send(state).is_err() || failed {
                return;
            }
            stopping.cancelled().await;
            startup.tasks.close();
            // Whoever takes longer is dropped; what it had not committed is done again elsewhere.
            let _ = tokio::time::timeout(LAST_BATCH, startup.tasks.wait()).await;
        });
    })?;
    let state = started.await.map_err(|_| "the service ended while it started")??;
    Ok((state, thread))
}

/// Looks at the database once a second, on a connection of its own. A server that takes the question and does not answer
/// is away too.
async fn watch_database(probe: pg::Probe, readiness: Readiness) {
    loop {
        match tokio::time::timeout(ANSWER, probe.check()).await {
            Ok(Ok(())) => readiness.reached("database"),
            Ok(Err(error)) => readiness.wait_for("database", error.to_string()),
            Err(_late) => readiness.wait_for("database", "the database does not answer"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
