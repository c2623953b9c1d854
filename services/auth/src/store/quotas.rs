//! Rows of `quotas`.

use diesel::prelude::*;
use diesel::sql_types::{Bytea, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::schema::quotas::dsl;

#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = crate::schema::quotas)]
struct QuotaRow {
    taken: i32,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    until: Timestamp,
}

/// How often it was taken in the window that runs, and when that ends.
pub(crate) async fn find(
    conn: &mut Connection,
    key: &[u8],
    now: Timestamp,
) -> QueryResult<Option<(i32, Timestamp)>> {
    let running = dsl::quotas.find(key).filter(dsl::until.gt(now.to_diesel()));
    let row: Option<QuotaRow> =
        running.select(QuotaRow::as_select()).first(conn).await.optional()?;
    Ok(row.map(|row| (row.taken, row.until)))
}

/// Counts once more, and says how often that was in the window, and when the window ends. Where the last one is over, one
/// begins that ends at `until`.
pub(crate) async fn upsert(
    conn: &mut Connection,
    key: &[u8],
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<(i32, Timestamp)> {
    enum Upsert {}
    let upsert = diesel::sql_query(
        "INSERT INTO quotas (key, taken, until) VALUES ($1, 1, $3)
         ON CONFLICT (key) DO UPDATE SET
           taken = CASE WHEN quotas.until > $2 THEN quotas.taken + 1 ELSE 1 END,
           until = CASE WHEN quotas.until > $2 THEN quotas.until ELSE $3 END
         RETURNING taken, until",
    )
    .bind::<Bytea, _>(key)
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Timestamptz, _>(until.to_diesel());
    let row: QuotaRow = pg::fixed::<Upsert, _>(upsert).get_result(conn).await?;
    Ok((row.taken, row.until))
}
