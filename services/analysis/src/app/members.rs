//! What is known of members here: its beginning, and its end.

use contracts::UserId;
use contracts::events::{Member, MemberErasureDone};
use contracts::snapshots::Page;
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

/// Forgets everything of a member, and says so.
pub(crate) async fn erase_member(conn: &mut Connection, user_id: UserId) -> Result<(), Error> {
    store::erasure::erase_member(conn, user_id).await?;
    let done = MemberErasureDone {
        user_id,
        service: "analysis".to_owned(),
    };
    events::publish(conn, &done).await?;
    Ok(())
}
