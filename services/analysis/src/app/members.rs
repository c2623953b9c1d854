//! What is known of members here: its beginning, and its end.

use contracts::UserId;
use contracts::events::{Member, MemberErasureDone};
use contracts::snapshots::Page;
use diesel::QueryResult;
use jiff::Timestamp;
use pg::{Connection, Pool};

use crate::error::Error;
use crate::store;

/// Takes all members from auth, page by page: what was told before this service first listened.
pub(crate) async fn take_snapshot(pool: &Pool, auth: &client::Client) -> Result<(), Error> {
    let mut path = "/int/auth/members".to_owned();
    loop {
        let page: Page<Member> = auth.get(&path).await?;
        pg::transaction(pool, async |conn| {
            for member in &page.items {
                store::members::upsert(conn, member).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
        let Some(next) = page.next else { return Ok(()) };
        path = format!("/int/auth/members?after={next}");
    }
}

/// Holds the member until the transaction ends, unless they were erased: an access token may still live for a moment.
pub(super) async fn hold(conn: &mut Connection, user_id: UserId) -> Result<(), Error> {
    store::members::lock(conn, user_id).await?;
    if store::erasures::exists_for(conn, user_id).await? {
        return Err(Error::MemberErased);
    }
    Ok(())
}

/// Keeps what another service tells of a member. A late word of somebody who was erased has no effect.
pub(crate) async fn keep(
    conn: &mut Connection,
    user_id: UserId,
    write: impl AsyncFnOnce(&mut Connection) -> QueryResult<()>,
) -> Result<(), Error> {
    if !store::erasures::exists_for(conn, user_id).await? {
        write(conn).await?;
    }
    Ok(())
}

/// Forgets everything of a member, and says so.
pub(crate) async fn erase_member(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<(), Error> {
    store::members::lock(conn, user_id).await?;
    store::erasures::erase_member(conn, user_id).await?;
    store::erasures::insert(conn, user_id, now).await?;
    let done = MemberErasureDone { user_id, service: "analysis".to_owned() };
    Ok(events::publish(conn, &done).await?)
}
