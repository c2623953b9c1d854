//! Where a member wishes to go.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;

use super::members;
use crate::domain::goals::Goal;
use crate::error::Error;
use crate::store;

/// Sets the member's goal, or takes it back. The quests of the next day follow it.
pub(crate) async fn update_goal(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    goal: Option<Goal>,
) -> Result<(), Error> {
    members::hold(conn, now, user_id).await?;
    let Some(goal) = goal else {
        return Ok(store::goals::delete(conn, user_id).await?);
    };
    if !goal.is_offered() {
        let detail = "must be more: nobody is helped to be less stable";
        return Err(Error::WrongGoal { pointer: "/direction", detail });
    }
    Ok(store::goals::upsert(conn, user_id, goal, now).await?)
}
