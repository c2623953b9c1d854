//! One trace, found by its request's line: from the door to the statement and over the event to its reader, as a receiver of other
//! people's makes it out.

use platform::Outcome;

use super::monitors::Monitors;
use super::running::trace_of;
use super::traffic::Member;
use super::until;

/// Who has to be in it, and with what.
const PARTS: [(&str, &str); 4] = [
    ("gateway", "POST /api/psy-test/submit"),
    ("analysis", "POST /api/psy-test/submit"),
    ("analysis", "INSERT INTO"),
    ("quest", "analysis.completed"),
];

/// Submits a test and draws what came of it.
pub(crate) async fn check(monitors: &Monitors) -> Outcome {
    let member = Member::sign_up().await?;
    let request = member.submit().await?;
    let (trace, _) = until("the line of the request", 10, async || trace_of(&request)).await?;
    let (drawn, _) = until("a whole trace of POST /api/psy-test/submit", 30, async || {
        let drawn = monitors.trace(&trace).await?;
        let part = |(service, name): &(&str, &str)| {
            drawn.lines().any(|line| line.starts_with(service) && line.contains(name))
        };
        Ok(PARTS.iter().all(part).then_some(drawn))
    })
    .await?;
    println!("· POST /api/psy-test/submit, as the receiver of traces heard it:\n");
    println!("{drawn}\n");
    Ok(())
}
