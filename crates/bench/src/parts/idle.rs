//! What costs while nobody asks: memory of each process, and the time from its start until it is ready.

use std::time::{Duration, Instant};

use platform::Outcome;
use platform::ports::Settings;
use platform::processes::Process;
use tokio::net::{TcpListener, TcpStream};

use crate::Pace;
use crate::measure::http::exchange;
use crate::measure::{cpu, median};
use crate::scenarios::anonymous;
use crate::stage::Stage;
use crate::table::{Goal, Table};

const MEGABYTE: f64 = 1_000_000.0;
const EACH: Goal = Goal::AtMost(20.0);
const ALL: Goal = Goal::AtMost(100.0);
const READY: Goal = Goal::AtMost(150.0);
/// How long a process may take until it is ready before this is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// All lines about idling: each binary is started beside the one that runs.
pub(super) async fn measure(stage: &Stage, pace: Pace, table: &mut Table) -> Outcome {
    table.part("idle: memory in MB a second after the start, and ms from start to ready");
    let mut sum = 0.0;
    for name in stage.names() {
        let (mut times, mut memory) = (Vec::new(), 0.0);
        for round in 0..pace.rounds {
            let began = Instant::now();
            let (mut process, health) = begin(stage, name).await?;
            ready(&health).await.map_err(|error| format!("{name}: {error}"))?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
            if round + 1 == pace.rounds {
                tokio::time::sleep(Duration::from_secs(1)).await;
                memory =
                    cpu::memory_of(process.id().ok_or("it has ended")?, "VmRSS")? as f64 / MEGABYTE;
            }
            process.stop().await?;
        }
        sum += memory;
        table.line(&format!("{name}, memory"), memory, EACH, "");
        table.line(&format!("{name}, start to ready"), median(times), READY, "");
    }
    table.line("all, memory", sum, ALL, "");
    Ok(())
}

/// Starts a binary on ports of its own, and tells where its health is.
async fn begin(stage: &Stage, name: &str) -> Outcome<(Process, String)> {
    let (listen, admin) = (free_address().await?, free_address().await?);
    let is_gateway = name == "gateway";
    let mut settings: Settings = match is_gateway {
        true => stage.settings_of_gateway()?,
        false => stage.ports.of_service(name, &stage.keys, &stage.database)?,
    };
    settings.insert("LISTEN".into(), listen.clone());
    if is_gateway {
        settings.insert("ADMIN_LISTEN".into(), admin.clone());
    }
    let health = if is_gateway { admin } else { listen };
    Ok((stage.begin(name, settings)?, health))
}

async fn free_address() -> Outcome<String> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.to_string())
}

/// Asks every millisecond.
async fn ready(address: &str) -> Outcome {
    let question = anonymous("/healthz", "");
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Ok(mut stream) = TcpStream::connect(address).await
            && let Ok(200) = exchange(&mut stream, &question).await
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Err("not ready in time".into())
}
