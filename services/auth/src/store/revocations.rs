//! Rows of `revocations`: sessions that ended before their access tokens did.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::schema::revocations::dsl;

/// A session whose access tokens are refused until they would have expired anyway.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct Revocation {
    pub(crate) session_id: Uuid,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub(crate) until: Timestamp,
    pub(crate) transaction: i64,
}

/// Revokes sessions. Doing it twice changes nothing.
pub(crate) async fn insert(
    conn: &mut Connection,
    sessions: &[Uuid],
    reason: &str,
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<()> {
    let rows: Vec<_> = sessions
        .iter()
        .map(|id| {
            (
                dsl::session_id.eq(*id),
                dsl::reason.eq(reason),
                dsl::revoked_at.eq(now.to_diesel()),
                dsl::until.eq(until.to_diesel()),
            )
        })
        .collect();
    diesel::insert_into(dsl::revocations)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// What still matters and comes after a row in the order of transactions, at most `limit`.
pub(crate) async fn list(
    conn: &mut Connection,
    (transaction, session_id): (i64, Uuid),
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<Revocation>> {
    dsl::revocations
        .filter(dsl::transaction.ge(transaction))
        .filter(dsl::transaction.gt(transaction).or(dsl::session_id.gt(session_id)))
        .filter(dsl::until.gt(now.to_diesel()))
        .order((dsl::transaction, dsl::session_id))
        .limit(limit)
        .select((dsl::session_id, dsl::until, dsl::transaction))
        .load(conn)
        .await
}

/// The oldest transaction that runs: all before it are visible to whoever asks later.
pub(crate) async fn horizon(conn: &mut Connection) -> QueryResult<i64> {
    diesel::select(sql::<BigInt>("pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
        .get_result(conn)
        .await
}

/// Whether a session was revoked.
pub(crate) async fn exists(conn: &mut Connection, session_id: Uuid) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(dsl::revocations.find(session_id))).get_result(conn).await
}
