//! `sns_revocations`: tokens of which their provider has yet to hear that they are over.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::seals::Sealed;
use crate::schema::sns_revocations::{self, dsl};

/// One that somebody has taken upon themselves.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) account_id: Uuid,
    pub(crate) channel: String,
    pub(crate) sealed: Sealed,
    /// With this one.
    pub(crate) attempts: i32,
}

#[derive(QueryableByName)]
#[diesel(table_name = sns_revocations)]
struct DueRow {
    account_id: Uuid,
    channel: String,
    key_id: String,
    sealed: Vec<u8>,
    attempts: i32,
}

/// Takes the one that has been due for longest; nobody else does before `again_at`.
pub(crate) async fn claim(
    conn: &mut Connection,
    now: Timestamp,
    again_at: Timestamp,
) -> QueryResult<Option<Due>> {
    enum Claim {}
    let claim = diesel::sql_query(
        "UPDATE sns_revocations SET attempts = attempts + 1, due_at = $2
         WHERE account_id = (SELECT account_id FROM sns_revocations WHERE due_at <= $1
                             ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING account_id, channel, key_id, sealed, attempts",
    )
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Timestamptz, _>(again_at.to_diesel());
    let rows: Vec<DueRow> = pg::fixed::<Claim, _>(claim).load(conn).await?;
    Ok(rows.into_iter().next().map(|row| Due {
        account_id: row.account_id,
        channel: row.channel,
        sealed: Sealed { key_id: row.key_id, bytes: row.sealed },
        attempts: row.attempts,
    }))
}

/// Whether the provider of an account has yet to hear.
pub(crate) async fn exists_for(conn: &mut Connection, account_id: Uuid) -> QueryResult<bool> {
    diesel::select(exists(dsl::sns_revocations.find(account_id))).get_result(conn).await
}

/// When it is tried again.
pub(crate) async fn update_due(
    conn: &mut Connection,
    account_id: Uuid,
    due_at: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::sns_revocations.find(account_id))
        .set(dsl::due_at.eq(due_at.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

/// The provider has heard.
pub(crate) async fn delete(conn: &mut Connection, account_id: Uuid) -> QueryResult<()> {
    diesel::delete(dsl::sns_revocations.find(account_id)).execute(conn).await.map(drop)
}
