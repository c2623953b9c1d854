//! Accounts that are read again by themselves.

use diesel::QueryResult;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

/// Asks for imports of accounts whose time has come, at most `limit`, and says for how many. Whoever has one that is open needs no
/// other; the end of an import sets the next time.
pub(crate) async fn insert_due(
    conn: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> QueryResult<usize> {
    enum Schedule {}
    let schedule = diesel::sql_query(
        "WITH due AS (
             SELECT user_id, id, is_whole FROM user_sns_accounts WHERE import_at <= $1 AND state = 'connected'
             ORDER BY import_at LIMIT $2 FOR UPDATE SKIP LOCKED
         ), moved AS (
             UPDATE user_sns_accounts a SET import_at = NULL FROM due
             WHERE a.user_id = due.user_id AND a.id = due.id
         )
         INSERT INTO sns_imports (user_id, id, account_id, until_known, status, due_at)
             SELECT user_id, gen_random_uuid(), id, is_whole, 'queued', $1 FROM due
             ON CONFLICT (user_id, account_id) WHERE finished_at IS NULL DO NOTHING",
    )
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<BigInt, _>(limit);
    pg::fixed::<Schedule, _>(schedule).execute(conn).await
}
