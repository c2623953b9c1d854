//! What other services tell of a member, and the end of a member.

use contracts::UserId;
use contracts::events::MemberErasureDone;
use pg::Connection;

use crate::error::Error;
use crate::store;

/// Forgets everything of a member, and says so.
pub(crate) async fn erase_member(conn: &mut Connection, user_id: UserId) -> Result<(), Error> {
    store::erasure::erase_member(conn, user_id).await?;
    let done = MemberErasureDone { user_id, service: "analysis".to_owned() };
    Ok(events::publish(conn, &done).await?)
}
