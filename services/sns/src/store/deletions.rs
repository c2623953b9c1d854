//! `sns_deletions`: that a provider has asked for a deletion, and when it was done.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::schema::sns_deletions::dsl;

/// A deletion was asked for and done; those of before `kept_since` are forgotten.
pub(crate) async fn insert(
    conn: &mut Connection,
    code: Uuid,
    now: Timestamp,
    kept_since: Timestamp,
) -> QueryResult<()> {
    diesel::delete(dsl::sns_deletions.filter(dsl::done_at.lt(kept_since.to_diesel())))
        .execute(conn)
        .await?;
    diesel::insert_into(dsl::sns_deletions)
        .values((dsl::code.eq(code), dsl::done_at.eq(now.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// When it was done.
pub(crate) async fn find(mut conn: &Connection, code: Uuid) -> QueryResult<Option<Timestamp>> {
    let done_at = dsl::sns_deletions.find(code).select(dsl::done_at);
    let done_at: Option<jiff_diesel::Timestamp> = done_at.first(&mut conn).await.optional()?;
    Ok(done_at.map(Timestamp::from))
}
