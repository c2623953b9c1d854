//! The platform as it runs, seen by those who watch it.

mod alert;
mod monitors;
mod panels;
mod running;
mod trace;
mod traffic;

use std::time::{Duration, Instant};

use platform::Outcome;

use crate::programs::Programs;
use monitors::Monitors;
use running::Running;

/// Starts everything, looks, and stops everything, whatever was seen; at Ctrl-C too.
pub(crate) async fn check(programs: &Programs) -> Outcome {
    let monitors = Monitors::start(programs)?;
    let mut running = Running::open().await?;
    let looked = tokio::select! {
        signal = chassis::stop_signal() => signal.map_err(Into::into),
        looked = async {
            running.start().await?;
            tokio::select! {
                looked = look(&mut running, &monitors) => looked,
                () = traffic::go_on() => Ok(()),
            }
        } => looked,
    };
    let stopped = running.stop().await;
    looked.and(stopped)
}

async fn look(running: &mut Running, monitors: &Monitors) -> Outcome {
    trace::check(monitors).await?;
    alert::check(running, monitors).await?;
    panels::check(monitors).await
}

/// Asks every second until an answer holds; says how long it took. `patience` is in seconds.
async fn until<T>(
    what: &str,
    patience: u64,
    mut ask: impl AsyncFnMut() -> Outcome<Option<T>>,
) -> Outcome<(T, Duration)> {
    let began = Instant::now();
    while began.elapsed().as_secs() < patience {
        if let Some(held) = ask().await? {
            return Ok((held, began.elapsed()));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(format!("{what} did not happen within {patience} seconds; see target/watch/logs").into())
}
