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

/// Writes the version after `read`; false when somebody else was faster.
pub(crate) async fn upsert(
    conn: &mut Connection,
    read: i32,
    data: &Value,
    now: Timestamp,
) -> QueryResult<bool> {
    let row = (dsl::version.eq(read + 1), dsl::data.eq(data), dsl::updated_at.eq(now.to_diesel()));
    let written = if read == 0 {
        diesel::insert_into(dsl::app_settings)
            .values((dsl::id.eq(true), row))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?
    } else {
        let read = dsl::app_settings.find(true).filter(dsl::version.eq(read));
        diesel::update(read).set(row).execute(conn).await?
    };
    Ok(written == 1)
}
