//! Outages of ours: whoever could not come loses nothing by it.

use contracts::UserId;
use jiff::Timestamp;
use pg::Pool;
use uuid::Uuid;

use super::{member_days, members};
use crate::domain::pauses::Pause;
use crate::error::Error;
use crate::store;

/// Members whose days are written anew at a time.
const PAGE: i64 = 100;

/// Declares an outage, and writes the days since then anew, member by member. Can be repeated; says how many members.
pub(crate) async fn declare_outage(
    pool: &Pool,
    now: Timestamp,
    outage: Pause,
) -> Result<u64, Error> {
    pg::transaction(pool, async |conn| Ok::<_, Error>(store::outages::insert(conn, outage).await?))
        .await?;
    let mut rebuilt = 0;
    let mut after = UserId(Uuid::nil());
    loop {
        let page = {
            let mut conn = pool.get().await?;
            store::member_days::list_members_since(&mut conn, outage.from, after, PAGE).await?
        };
        let Some(last) = page.last() else {
            return Ok(rebuilt);
        };
        after = *last;
        for user_id in page {
            pg::transaction(pool, async |conn| {
                let calendar = members::hold(conn, now, user_id).await?;
                member_days::rebuild(conn, user_id, &calendar).await
            })
            .await?;
            rebuilt += 1;
        }
    }
}
