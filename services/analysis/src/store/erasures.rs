//! Everything of a member, forgotten; and `erasures`, which keeps it so.

use contracts::UserId;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::schema;
use crate::schema::erasures::dsl;

/// By then every access token of an erased member has long expired.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

macro_rules! delete_from {
    ($conn:ident, $user_id:ident, $($table:ident),+ $(,)?) => {$(
        diesel::delete(schema::$table::table.filter(schema::$table::user_id.eq($user_id.0)))
            .execute($conn)
            .await?;
    )+};
}

/// Empties every table of the member. A test compares this list with the schema.
pub(crate) async fn erase_member(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    delete_from!(
        conn,
        user_id,
        analysis_results,
        psy_answers,
        psy_test_sessions,
        self_check_entries,
        member_topics,
        completed_quests,
        members,
        idempotency_keys,
    );
    Ok(())
}

/// Keeps that a member was erased, and forgets those of whom it need not be kept any more.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    now: Timestamp,
) -> QueryResult<()> {
    let kept_since = (now - KEPT_FOR).to_diesel();
    diesel::delete(dsl::erasures.filter(dsl::erased_at.lt(kept_since))).execute(conn).await?;
    diesel::insert_into(dsl::erasures)
        .values((dsl::user_id.eq(user_id.0), dsl::erased_at.eq(now.to_diesel())))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// Whether a member was erased just now.
pub(crate) async fn exists_for(conn: &mut Connection, user_id: UserId) -> QueryResult<bool> {
    diesel::select(exists(dsl::erasures.find(user_id.0))).get_result(conn).await
}
