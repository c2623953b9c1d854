//! What is known of members here: its beginning, and its end.

use contracts::UserId;
use contracts::events::Member;
use contracts::snapshots::Page;
use diesel::QueryResult;
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
/// Writes of one member come one after the other, so that a result knows the one before, and their events leave in
/// their order.
pub(super) async fn hold(conn: &mut Connection, user_id: UserId) -> Result<(), Error> {
    if events::erasures::hold(conn, user_id).await? { Ok(()) } else { Err(Error::MemberErased) }
}

/// Keeps what another service tells of a member. A late word of somebody who was erased has no effect.
pub(crate) async fn keep(
    conn: &mut Connection,
    user_id: UserId,
    write: impl AsyncFnOnce(&mut Connection) -> QueryResult<()>,
) -> Result<(), Error> {
    if !events::erasures::exists_for(conn, user_id).await? {
        write(conn).await?;
    }
    Ok(())
}
