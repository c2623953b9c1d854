//! `goals`: where a member wishes to go.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::{Connection, from_key};

use crate::domain::goals::Goal;
use crate::schema::goals::dsl;

/// A goal as it is read.
pub(super) fn goal(of: &str, direction: &str) -> QueryResult<Goal> {
    Ok(Goal { of: from_key(of)?, direction: from_key(direction)? })
}

/// The member's goal, and since when.
pub(crate) async fn find(
    conn: &mut Connection,
    user_id: UserId,
) -> QueryResult<Option<(Goal, Timestamp)>> {
    let row: Option<(String, String, jiff_diesel::Timestamp)> = dsl::goals
        .find(user_id.0)
        .select((dsl::trait_, dsl::direction, dsl::set_at))
        .first(conn)
        .await
        .optional()?;
    row.map(|(of, direction, set_at)| Ok((goal(&of, &direction)?, set_at.to_jiff()))).transpose()
}

/// Sets the member's goal.
pub(crate) async fn upsert(
    conn: &mut Connection,
    user_id: UserId,
    goal: Goal,
    now: Timestamp,
) -> QueryResult<()> {
    let set = (
        dsl::trait_.eq(goal.of.key()),
        dsl::direction.eq(goal.direction.key()),
        dsl::set_at.eq(now.to_diesel()),
    );
    diesel::insert_into(dsl::goals)
        .values((dsl::user_id.eq(user_id.0), set))
        .on_conflict(dsl::user_id)
        .do_update()
        .set(set)
        .execute(conn)
        .await
        .map(drop)
}

/// The member has no goal any more.
pub(crate) async fn delete(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    diesel::delete(dsl::goals.find(user_id.0)).execute(conn).await.map(drop)
}
