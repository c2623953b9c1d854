//! Whether the seed is what the services would have made, and whether they have caught up.

use std::time::Duration;

use platform::Outcome;
use serde_json::Value;
use tokio_postgres::Client;

use super::{Member, WITH_A_PAST};
use crate::stage::Stage;

/// How many members are looked at.
const SAMPLE: usize = 16;

/// Compares the kept days of some members (`/api/home`) with what quest says from the facts alone (`/api/quests/streak`).
pub(super) async fn streaks(stage: &Stage, members: &[Member]) -> Outcome {
    let http = reqwest::Client::builder().no_proxy().build()?;
    for member in members.iter().step_by(WITH_A_PAST / SAMPLE).take(SAMPLE + 1) {
        let ask = async |path: &str| -> Outcome<Value> {
            let url = format!("http://{}{path}", stage.address("gateway"));
            let answer =
                http.get(url).bearer_auth(&member.token).send().await?.error_for_status()?;
            Ok(serde_json::from_str(&answer.text().await?)?)
        };
        let (home, streak) = (ask("/api/home").await?, ask("/api/quests/streak").await?);
        for name in ["current", "longest", "freezes"] {
            if home["streak"][name] != streak[name] {
                let user_id = member.user_id;
                return Err(
                    format!("{user_id}: home says {}, the facts {streak}", home["streak"]).into()
                );
            }
        }
    }
    Ok(())
}

/// Waits until every consumer has read all events, so that nobody's cost is another's.
pub(crate) async fn backlog_is_gone(admin: &Client) -> Outcome {
    for _ in 0..300 {
        let row = admin.query_one(
            "SELECT count(*) FROM events.cursors AS c WHERE EXISTS (
                 SELECT FROM events.log AS l JOIN events.consumers AS k ON k.type = l.type AND k.service = c.consumer
                 WHERE (l.fence, l.seq) > (c.fence, c.seq))",
            &[],
        );
        if row.await?.get::<_, i64>(0) == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the consumers do not catch up".into())
}
