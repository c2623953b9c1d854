//! Rows of `login_failures`: failed sign-ins by account, shared by all replicas.

use diesel::prelude::*;
use diesel::sql_types::{Bytea, Integer, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::schema::login_failures::dsl;

/// How often signing in to an account has failed since a time.
pub(crate) async fn count(
    conn: &mut Connection,
    account: &[u8],
    since: Timestamp,
) -> QueryResult<i32> {
    let failures = dsl::login_failures
        .find(account)
        .filter(dsl::since.gt(since.to_diesel()))
        .select(dsl::failures)
        .first(conn)
        .await
        .optional()?;
    Ok(failures.unwrap_or(0))
}

/// Counts one more failure; counting begins anew when the last window is over.
pub(crate) async fn upsert(
    conn: &mut Connection,
    account: &[u8],
    since: Timestamp,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO login_failures (account, failures, since) VALUES ($1, $4, $3)
         ON CONFLICT (account) DO UPDATE SET
           failures = CASE WHEN login_failures.since > $2 THEN login_failures.failures + $4 ELSE $4 END,
           since = CASE WHEN login_failures.since > $2 THEN login_failures.since ELSE $3 END",
    )
    .bind::<Bytea, _>(account)
    .bind::<Timestamptz, _>(since.to_diesel())
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Integer, _>(1)
    .execute(conn)
    .await
    .map(drop)
}

/// Forgets the failures of an account.
pub(crate) async fn delete(conn: &mut Connection, account: &[u8]) -> QueryResult<()> {
    diesel::delete(dsl::login_failures.find(account)).execute(conn).await.map(drop)
}
