//! The one row of `app_settings`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde_json::Value;

use crate::schema::app_settings::dsl;

/// Version and content; none until an admin has written them.
pub(crate) async fn find(conn: &mut Connection) -> QueryResult<Option<(i32, Value)>> {
    dsl::app_settings.find(true).select((dsl::version, dsl::data)).first(conn).await.optional()
}

/// Locks the row and says its version, 0 when there is none.
pub(crate) async fn lock(conn: &mut Connection) -> QueryResult<i32> {
    let version =
        dsl::app_settings.find(true).select(dsl::version).for_update().first(conn).await.optional()?;
    Ok(version.unwrap_or(0))
}

/// Writes a version.
pub(crate) async fn upsert(
    conn: &mut Connection,
    version: i32,
    data: &Value,
    now: Timestamp,
) -> QueryResult<()> {
    let row = (dsl::version.eq(version), dsl::data.eq(data), dsl::updated_at.eq(now.to_diesel()));
    diesel::insert_into(dsl::app_settings)
        .values((dsl::id.eq(true), row))
        .on_conflict(dsl::id)
        .do_update()
        .set(row)
        .execute(conn)
        .await
        .map(drop)
}
