//! Erasing a member, here and in every service.

use contracts::UserId;
use contracts::events::{MemberErased, MemberErasureDone};
use jiff::Timestamp;
use pg::Connection;

use super::sessions::end_others;
use crate::domain::audit::{Action, Actor};
use crate::error::Error;
use crate::store;

/// Erases a member and asks the other services to do the same: each that reads `member.erased` has to confirm it.
pub(crate) async fn erase(
    conn: &mut Connection,
    now: Timestamp,
    actor: Actor<'_>,
    user_id: UserId,
) -> Result<(), Error> {
    end_others(conn, user_id, None, "erased", now).await?;
    store::users::delete(conn, user_id).await?;
    idempotency::erase(conn, user_id).await?;
    store::erasures::delete_answers(conn, user_id).await?;
    let holders = events::readers_of::<MemberErased>(conn).await?;
    store::erasures::insert(conn, user_id, &holders, now).await?;
    store::audit_log::insert(conn, now, actor, Action::MemberErased, user_id).await?;
    events::publish(conn, &MemberErased { user_id }).await?;
    Ok(())
}

/// Notes that a service has erased a member.
pub(crate) async fn confirm(
    conn: &mut Connection,
    now: Timestamp,
    done: MemberErasureDone,
) -> Result<(), Error> {
    store::erasures::update_done(conn, done.user_id, &done.service, now).await?;
    Ok(())
}
