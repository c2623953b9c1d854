//! Rolling restarts under load: no idempotent request fails.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chassis::{Clock, Running, Settings};
use testkit::Database;
use tokio::net::{TcpListener, TcpStream};

use crate::{MIGRATIONS, Small, until};

/// How many times the replica is replaced; `RESTARTS=100` for the whole promise.
fn restarts() -> usize {
    option_env!("RESTARTS").and_then(|count| count.parse().ok()).unwrap_or(8)
}

/// A load balancer: new connections go to whoever is the target, those that there are stay where they are.
async fn balancer(target: Arc<Mutex<SocketAddr>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let replica = *target.lock().unwrap();
            tokio::spawn(async move {
                let mut replica = TcpStream::connect(replica).await?;
                tokio::io::copy_bidirectional(&mut client, &mut replica).await
            });
        }
    });
    address
}

/// As long as load balancers take to notice that a replica is unready.
const NOTICED_AFTER: Duration = Duration::from_millis(300);

async fn replica(database: &Database) -> Running {
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        workers: 2,
        shutdown_delay: 1,
        shutdown_timeout: 5,
        ..Settings::default()
    };
    let pool = pg::Settings::new(database.app_url("quest"));
    let (trust, clock) = (testkit::trust(), Clock::system());
    let started = chassis::serve::<Small>(settings, pool, &trust, clock, BTreeMap::new());
    let running = started.await.unwrap();
    until(async || running.readiness.is_ready()).await;
    running
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_replicas_are_replaced() {
    chassis::install_crypto();
    let database = Database::create(&[("quest", MIGRATIONS)]).await;
    let mut running = replica(&database).await;
    let target = Arc::new(Mutex::new(running.address));
    let url = format!("http://{}/rows/1", balancer(Arc::clone(&target)).await);
    let (asked, failed) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let done = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..8)
        .map(|_| {
            let (url, done) = (url.clone(), Arc::clone(&done));
            let (asked, failed) = (Arc::clone(&asked), Arc::clone(&failed));
            tokio::spawn(async move {
                let http = reqwest::Client::new();
                while !done.load(Ordering::Relaxed) {
                    let answered = http.get(&url).send().await;
                    asked.fetch_add(1, Ordering::Relaxed);
                    match answered {
                        Ok(answer) if answer.status().is_success() => {}
                        other => failed.lock().unwrap().push(format!("{other:?}")),
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            })
        })
        .collect();

    for _ in 0..restarts() {
        let next = replica(&database).await;
        let address = next.address;
        let before = std::mem::replace(&mut running, next);
        let notice = async {
            tokio::time::sleep(NOTICED_AFTER).await;
            *target.lock().unwrap() = address;
        };
        let (stopped, ()) = tokio::join!(before.stop(), notice);
        stopped.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for client in load {
        client.await.unwrap();
    }
    running.stop().await.unwrap();
    let failed = failed.lock().unwrap();
    let asked = asked.load(Ordering::Relaxed);
    assert!(failed.is_empty(), "{} of {asked} failed: {:?}", failed.len(), failed.first());
    assert!(asked > 1_000, "{asked}");
    println!("{asked} requests over {} restarts, none failed", restarts());
}
