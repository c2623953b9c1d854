//! Rows that have run out.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

/// How many rows one statement deletes, which must end long before the role's `statement_timeout`.
const BATCH: i32 = 1000;

/// Deletes the rows of a table whose `column` is before a time. Each batch is by itself; replicas that sweep at the same
/// time take other rows.
pub(crate) async fn delete_before(
    conn: &mut Connection,
    table: &'static str,
    column: &'static str,
    time: Timestamp,
) -> QueryResult<()> {
    let delete = format!(
        "DELETE FROM {table} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM {table} WHERE {column} < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
    );
    loop {
        let batch = diesel::sql_query(&delete)
            .bind::<Timestamptz, _>(time.to_diesel())
            .bind::<Integer, _>(BATCH);
        if batch.execute(conn).await? < BATCH as usize {
            return Ok(());
        }
    }
}
