//! What every service does alike, shown by a small one on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

mod restarts;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig, resource};
use chassis::{Clock, Service, Settings, StartError, Startup, WithPool};
use diesel_async::SimpleAsyncConnection;
use pg::{EmbeddedMigrations, Pool};
use problem::{Json, Path, Problem};
use reqwest::Method;
use testkit::{Answer, Database, TestService};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

struct Small;

#[derive(Clone)]
struct State(Pool);

impl WithPool for State {
    fn with_pool(&self, pool: Pool) -> Self {
        State(pool)
    }
}

const MIGRATIONS: EmbeddedMigrations = pg::embed_migrations!("tests/migrations");

impl Service for Small {
    const NAME: &'static str = "quest";
    const MIGRATIONS: EmbeddedMigrations = MIGRATIONS;
    type Config = BTreeMap<String, String>;
    type State = State;

    async fn start(_: Self::Config, startup: &Startup) -> Result<State, StartError> {
        Ok(State(startup.pool.clone()))
    }

    fn routes(app: &mut ServiceConfig) {
        app.service(resource("/rows/{id}").get(row))
            .service(resource("/slow").get(slow))
            .service(resource("/never").get(never))
            .service(resource("/bodies").post(async |_: Json<()>| HttpResponse::Ok()));
    }
}

/// Asks the database.
async fn row(_: Path<i32>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let asked = async {
        let mut conn = state.0.get().await?;
        conn.batch_execute("SELECT * FROM nothing").await.map_err(pg::Error::from)
    };
    match asked.await {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(pg::Error::Unavailable(_)) => Err(Problem::unavailable(1)),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// Slower than the delay of a stop, so that it is the stop that has to wait for it.
async fn slow() -> HttpResponse {
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    HttpResponse::NoContent().finish()
}

async fn never() -> HttpResponse {
    std::future::pending().await
}

async fn start() -> TestService<Small> {
    start_limited(60).await
}

async fn start_limited(request_timeout: u64) -> TestService<Small> {
    let database = Database::create(&[("quest", MIGRATIONS)]).await;
    let (clock, config) = (Clock::system(), BTreeMap::new());
    let service = TestService::start_limited(database, clock, config, request_timeout).await;
    until(async || service.as_stranger().get("/healthz").await.status == 200).await;
    service
}

async fn until(holds: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to hold");
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_are_problems() {
    let service = start().await;
    let anybody = service.as_stranger();
    anybody.get("/nowhere").await.expect_problem(404, "not-found");
    anybody.get("/rows/nonsense").await.expect_problem(404, "not-found");
    let refused = anybody.delete("/rows/1").await;
    refused.expect_problem(405, "method-not-allowed");
    assert_eq!(refused.headers["allow"], "GET");
}

#[tokio::test]
async fn a_request_keeps_a_sane_id_and_gets_one_otherwise() {
    let service = start().await;
    let ask = async |id: &str| {
        let request = service.as_stranger().request(Method::GET, "/nowhere");
        let answer = Answer::of(request.header("x-request-id", id)).await;
        let said = answer.json()["request_id"].as_str().unwrap().to_owned();
        assert_eq!(answer.headers["x-request-id"], said.as_str());
        said
    };
    assert_eq!(ask("0193f2a0-aaaa").await, "0193f2a0-aaaa");
    assert_ne!(ask("with spaces and more").await, "with spaces and more");
    assert_ne!(ask("short").await, "short");
}

#[tokio::test]
async fn strangers_add_no_series() {
    let service = start().await;
    let anybody = service.as_stranger();
    for number in 0..10_000 {
        let path = format!("/{}/{number}", if number % 2 == 0 { "rows" } else { "nowhere" });
        let method = if number % 100 == 1 { format!("M{number}") } else { "GET".to_owned() };
        Answer::of(anybody.request(method.parse().unwrap(), &path)).await;
    }
    // The other tests of this process have a few series too; a series has some twenty lines.
    let metrics = String::from_utf8(anybody.get("/metrics").await.body).unwrap();
    assert!(metrics.contains("route=\"/rows/{id}\""), "{metrics}");
    assert!(!metrics.contains("nowhere") && !metrics.contains("M101"), "{metrics}");
    assert!(metrics.lines().count() < 1_000, "{}", metrics.lines().count());
}

#[tokio::test]
async fn no_answer_in_time_is_a_503() {
    let service = start_limited(2).await;
    let late = service.as_stranger().get("/never").await;
    late.expect_problem(503, "unavailable");
    assert!(late.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_the_clients_fault() {
    let service = start_limited(2).await;
    let mut client = TcpStream::connect(service.base_url.replace("http://", "")).await.unwrap();
    let head = "POST /bodies HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("urn:damacorch:problem:request-timeout"), "{answer}");
}

#[tokio::test]
async fn a_stop_lets_running_requests_end_and_tells_connections_to_close() {
    let mut service = start().await;
    let url = format!("{}/slow", service.base_url);
    let request = tokio::spawn(async move { reqwest::get(url).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(100)).await;
    service.stop().await;
    let answer = request.await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["connection"], "close", "it ended while the service was stopping");
    assert!(reqwest::get(format!("{}/livez", service.base_url)).await.is_err());
}

#[tokio::test]
async fn before_it_stops_a_service_is_unready_and_still_answers() {
    let mut service = start().await;
    let base_url = service.base_url.clone();
    let during = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let health = reqwest::get(format!("{base_url}/healthz")).await.unwrap();
        assert_eq!(health.status(), 503);
        let answer = reqwest::get(format!("{base_url}/rows/1")).await.unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(answer.headers()["connection"], "close");
    };
    tokio::join!(service.stop(), during);
}

#[tokio::test]
async fn without_its_database_a_service_is_alive_unready_and_back_by_itself() {
    let cluster = tokio::task::spawn_blocking(testkit::cluster).await.unwrap();
    let database = cluster.database(&[("quest", MIGRATIONS)]).await;
    let clock = Clock::fixed(Clock::system().now());
    let service = TestService::<Small>::start_at(database, clock, BTreeMap::new()).await;
    let anybody = service.as_stranger();
    let ready = async || anybody.get("/healthz").await.status == 200;
    until(ready).await;
    anybody.get("/rows/1").await.expect(204);

    cluster.stop().unwrap();
    let asked = Instant::now();
    let away = anybody.get("/rows/1").await;
    away.expect_problem(503, "unavailable");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(away.headers["retry-after"], "1");
    until(async || !ready().await).await;
    let health = anybody.get("/healthz").await.expect(503);
    assert!(health["waiting_for"]["database"].is_string(), "{health}");
    anybody.get("/livez").await.expect(200);

    cluster.start().unwrap();
    until(ready).await;
    anybody.get("/rows/1").await.expect(204);
}

/// A way to a server on which everything can be held up, as if the server were frozen.
async fn way_to(server: SocketAddr) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (hold, held) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut from_client, mut to_client) = client.into_split();
            let server = TcpStream::connect(server).await.unwrap();
            let (mut from_server, mut to_server) = server.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            let mut held = held.clone();
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
                    held.wait_for(|held| !held).await.unwrap();
                    to_server.write_all(&bytes[..count]).await.unwrap();
                }
            });
        }
    });
    (address, hold)
}

#[tokio::test]
async fn a_database_that_hangs_is_away_too() {
    let database = Database::create(&[("quest", MIGRATIONS)]).await;
    let mut url = Url::parse(&database.app_url("quest")).unwrap();
    let server = url.socket_addrs(|| None).unwrap()[0];
    let (address, hold) = way_to(server).await;
    url.set_port(Some(address.port())).unwrap();
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        workers: 1,
        request_timeout: 3,
        ..Settings::default()
    };
    chassis::install_crypto();
    let (pool, trust) = (pg::Settings::new(url.as_str()), testkit::trust());
    let config = BTreeMap::new();
    let service =
        chassis::serve::<Small>(settings, pool, &trust, Clock::system(), config).await.unwrap();
    let get = async |path: &str| {
        let url = format!("http://{}{path}", service.address);
        reqwest::get(url).await.unwrap().status()
    };
    until(async || get("/healthz").await == 200).await;
    assert_eq!(get("/rows/1").await, 204);

    hold.send(true).unwrap();
    assert_eq!(get("/rows/1").await, 503);
    until(async || get("/healthz").await == 503).await;
    assert_eq!(get("/livez").await, 200);

    hold.send(false).unwrap();
    until(async || get("/healthz").await == 200).await;
    assert_eq!(get("/rows/1").await, 204);
    service.abort();
}
