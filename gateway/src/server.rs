//! Starts the door, and stops it gracefully.

use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle, fn_service};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use chassis::{Clock, Draining, Readiness, StartError};
use client::Client;
use identity::GATEWAY;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinHandle, JoinSet};

use crate::door::Door;
use crate::pipeline::{answer, enter};
use crate::revocations::{ASKED, Poller};
use crate::settings::Settings;
use crate::table::{LONGEST_TIMEOUT, TableError};
use crate::upstream::Ways;

const AUTH: &str = "auth";

/// Longer than load balancers keep an idle connection: they close it, not we.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A gateway that runs.
pub struct Running {
    /// Where it listens: with port 0 in the settings, the port it got.
    pub address: SocketAddr,
    /// Where its health and metrics are.
    pub admin_address: SocketAddr,
    /// What it waits for.
    pub readiness: Readiness,
    door: Arc<Door>,
    process: chassis::Settings,
    draining: Draining,
    public: Listening,
    admin: Listening,
    background: JoinSet<()>,
}

impl Running {
    /// Reads the route table again, as SIGHUP does.
    pub fn reload(&self) -> Result<(), TableError> {
        self.door.routes.reload()
    }

    /// Stops in order: unready, connections told to close, time to notice, running requests ended, background ended.
    pub async fn stop(mut self) -> std::io::Result<()> {
        self.readiness.wait_for("stop", "this process is stopping");
        self.draining.begin();
        tokio::time::sleep(Duration::from_secs(self.process.shutdown_delay)).await;
        self.public.stop().await?;
        self.background.shutdown().await;
        self.admin.stop().await
    }
}

/// Starts the gateway and returns once it listens.
pub async fn start(settings: Settings, clock: Clock) -> Result<Running, StartError> {
    chassis::raise_open_files();
    let mut process = settings.process.clone();
    // Each route has its own deadline; this one only holds where that one fails.
    process.request_timeout = LONGEST_TIMEOUT.as_secs() + 5;
    let door = Arc::new(Door::new(&settings, clock)?);
    let (readiness, draining) = (Readiness::default(), Draining::default());
    let background = start_background(&door, &settings, &readiness)?;

    let (listener, address) = listen(process.listen, "LISTEN")?;
    let factory = {
        let (door, process, draining) = (door.clone(), process.clone(), draining.clone());
        move || {
            let (outside, inside) = (door.clone(), door.clone());
            let ways = Rc::new(Ways::new(door.upstreams.clone()));
            App::new()
                .app_data(Data::new(process.clone()))
                .app_data(Data::new(draining.clone()))
                .default_service(fn_service(move |request| {
                    answer(Arc::clone(&inside), Rc::clone(&ways), request)
                }))
                .wrap(from_fn(chassis::observe))
                .wrap(from_fn(move |request, next| enter(Arc::clone(&outside), request, next)))
        }
    };
    let public = HttpServer::new(factory)
        .workers(process.workers)
        .keep_alive(KEEP_ALIVE)
        .tcp_nodelay(true)
        // Who hangs up has no use for the answer: the service is not kept waiting for, nor blamed.
        .h1_allow_half_closed(false)
        .shutdown_timeout(process.shutdown_timeout)
        .disable_signals()
        .listen(listener)?
        .run();

    let (listener, admin_address) = listen(settings.door.admin_listen, "ADMIN_LISTEN")?;
    let shown = readiness.clone();
    let admin =
        move || App::new().app_data(Data::new(shown.clone())).configure(chassis::health::routes);
    let admin = HttpServer::new(admin).workers(1).disable_signals().listen(listener)?.run();

    tracing::info!(%address, %admin_address, workers = process.workers, "listening");
    Ok(Running {
        address,
        admin_address,
        readiness,
        door,
        process,
        draining,
        public: Listening::new(public),
        admin: Listening::new(admin),
        background,
    })
}

/// What is not a request: issuers' keys, ended sessions, the signal to read the table again.
fn start_background(
    door: &Arc<Door>,
    settings: &Settings,
    readiness: &Readiness,
) -> Result<JoinSet<()>, StartError> {
    let mut background = JoinSet::new();
    let base_url = settings.services.get(AUTH).ok_or("setting AUTH_BASE_URL is missing")?;
    let proof = chassis::proof(GATEWAY, AUTH, Some(door.key.clone()), door.clock.clone());
    let auth = Client::new(AUTH, &format!("http://{}", base_url.authority()), proof)?;
    readiness.wait_for(ASKED, "auth has not been asked yet which sessions have ended");
    let poller = Poller { auth, door: Arc::clone(door), readiness: readiness.clone() };
    background.spawn(poller.run());

    let keys = Arc::clone(door);
    background.spawn(async move { keys.verifier.keep_fresh().await });

    let mut hangups = signal(SignalKind::hangup())?;
    let door = Arc::clone(door);
    background.spawn(async move {
        while hangups.recv().await.is_some() {
            // What is wrong with it has been logged and counted.
            let _ = door.routes.reload();
        }
    });
    Ok(background)
}

fn listen(at: SocketAddr, setting: &str) -> Result<(TcpListener, SocketAddr), StartError> {
    let listener = TcpListener::bind(at)
        .map_err(|error| format!("cannot listen on {at} ({setting}): {error}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A server that runs.
struct Listening {
    handle: ServerHandle,
    ended: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    fn new(server: Server) -> Self {
        Listening { handle: server.handle(), ended: tokio::spawn(server) }
    }

    /// Takes no more, and waits for what runs.
    async fn stop(self) -> std::io::Result<()> {
        self.handle.stop(true).await;
        self.ended.await.map_err(std::io::Error::other)?
    }
}
