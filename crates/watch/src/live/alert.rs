//! A service is killed: somebody is told of it, and told again when it is back.

use platform::Outcome;
use platform::services::SERVICES;

use super::monitors::Monitors;
use super::running::Running;
use super::until;

const KILLED: &str = "quest";

/// How long a message may take, in seconds: two scrapes, the alert's own minute, and the grouping of messages.
const PATIENCE: u64 = 300;

/// Kills it, waits for the page, starts it again, and waits for the page's end.
pub(crate) async fn check(running: &mut Running, monitors: &Monitors) -> Outcome {
    until("a scrape of every process", 60, async || {
        let up = monitors.query(r#"up{platform="damacorch"} == 1"#).await?;
        Ok((up.len() == SERVICES.len() + 1).then_some(()))
    })
    .await?;
    let quiet = monitors.messages().await?;
    if !quiet.is_empty() {
        return Err(format!("there are alerts although nothing has happened: {quiet:?}").into());
    }
    running.kill(KILLED);
    tell(monitors, "FIRING", "killed").await?;
    running.start_again(KILLED).await?;
    tell(monitors, "RESOLVED", "started").await
}

/// Waits for the message of this state that names the service, and says what it said.
async fn tell(monitors: &Monitors, state: &str, done: &str) -> Outcome {
    let title = format!("{state} ServiceDown");
    let (said, took) = until(&title, PATIENCE, async || {
        let said = monitors.messages().await?;
        Ok(said.into_iter().find(|said| said.starts_with(&title) && said.contains(KILLED)))
    })
    .await?;
    println!("· {KILLED} {done}; after {} s: {}", took.as_secs(), said.trim());
    Ok(())
}
