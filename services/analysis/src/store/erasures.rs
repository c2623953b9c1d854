//! Everything of a member, forgotten.

use contracts::UserId;
use pg::Connection;

use crate::error::Error;

/// Empties every table of the member. A test compares this list with the schema.
pub(crate) async fn erase_member(conn: &mut Connection, user_id: UserId) -> Result<(), Error> {
    let tables = [
        "analysis_results",
        "psy_answers",
        "psy_test_sessions",
        "self_check_entries",
        "member_topics",
        "completed_quests",
        "members",
        "idempotency_keys",
    ];
    Ok(events::erasures::delete_from(conn, &tables, user_id).await?)
}
