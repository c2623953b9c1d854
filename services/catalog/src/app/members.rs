//! What is forgotten with a member.

use contracts::UserId;
use contracts::events::MemberErasureDone;
use pg::Connection;

use crate::error::Error;
use crate::store::member_data::TABLES;

/// Forgets a member, and says so.
pub(crate) async fn erase_member(conn: &mut Connection, user_id: UserId) -> Result<(), Error> {
    let tables = member_data::erase(conn, TABLES, user_id).await?;
    let done = MemberErasureDone { user_id, service: "catalog".to_owned(), tables };
    Ok(events::publish(conn, &done).await?)
}
