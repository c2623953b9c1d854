//! Everything of a member, forgotten.

use contracts::UserId;
use pg::Connection;

use crate::error::Error;

/// Empties every table of the member. A test compares this list with the schema. `members` comes first: whoever is at
/// work for the member holds that row, and is waited for.
pub(crate) async fn erase_member(conn: &mut Connection, user_id: UserId) -> Result<(), Error> {
    let tables = [
        "members",
        "rewards",
        "user_quests",
        "offers",
        "member_days",
        "pauses",
        "goals",
        "calendar_eras",
        "idempotency_keys",
    ];
    Ok(events::erasures::delete_from(conn, &tables, user_id).await?)
}
