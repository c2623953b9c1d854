//! By which rule a member's days are counted.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;

use super::members;
use crate::domain::day::{Calendar, DayRule};
use crate::error::Error;
use crate::store;

/// Lets the member's days begin at another hour.
pub(crate) async fn change_start_hour(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    start_hour: i8,
) -> Result<Calendar, Error> {
    let calendar = members::hold(conn, now, user_id).await?;
    let rule = DayRule { start_hour, ..calendar.wanted_rule().clone() };
    change_rule(conn, now, user_id, calendar, rule).await
}

/// Counts the member's days by another rule, from the end of the running day on; at once where no day was ever looked at.
pub(super) async fn change_rule(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    calendar: Calendar,
    rule: DayRule,
) -> Result<Calendar, Error> {
    if *calendar.wanted_rule() == rule {
        return Ok(calendar);
    }
    let changed = if store::member_days::exist(conn, user_id).await? {
        let mut changed = calendar.clone();
        changed.change(rule, now);
        changed
    } else {
        Calendar::starting(rule, now)
    };
    store::calendars::update(conn, user_id, calendar.eras(), changed.eras()).await?;
    Ok(changed)
}
