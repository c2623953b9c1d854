//! The streak, from the facts.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;

use crate::domain::streak::{Facts, StreakDay};
use crate::error::Error;
use crate::store;

/// Every day of the member until today, explained; nothing for somebody who was never here.
pub(crate) async fn explain(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<Vec<StreakDay>, Error> {
    let Some(calendar) = store::calendars::find(conn, user_id).await? else {
        return Ok(Vec::new());
    };
    let first = calendar.first_date();
    let completed = store::quests::count_completed(conn, user_id).await?.into_keys().collect();
    let pauses = store::pauses::list_since(conn, user_id, first).await?;
    let outages = store::outages::list_since(conn, first).await?;
    let facts =
        Facts { completed: &completed, pauses: &pauses, outages: &outages, calendar: &calendar };
    Ok(facts.explain(calendar.day_at(now).date))
}
