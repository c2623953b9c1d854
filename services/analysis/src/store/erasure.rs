//! Everything of a member, forgotten.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::schema;

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
