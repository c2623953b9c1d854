//! Rows of `erasures`: which services have yet to erase a member, and which have.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::schema::erasures::dsl;

/// Asks services to erase a member.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    services: &[String],
    now: Timestamp,
) -> QueryResult<()> {
    let rows: Vec<_> = services
        .iter()
        .map(|service| {
            (
                dsl::user_id.eq(user_id.0),
                dsl::service.eq(service),
                dsl::requested_at.eq(now.to_diesel()),
            )
        })
        .collect();
    diesel::insert_into(dsl::erasures)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// A service has erased a member.
pub(crate) async fn update_done(
    conn: &mut Connection,
    user_id: UserId,
    service: &str,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::erasures.find((user_id.0, service)))
        .set(dsl::done_at.eq(now.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

/// What admins were answered who made this member, which is kept for a day.
pub(crate) async fn delete_answers(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    diesel::sql_query(
        "DELETE FROM idempotency_keys WHERE route = 'POST /api/users' AND position($1 IN body) > 0",
    )
    .bind::<diesel::sql_types::Bytea, _>(user_id.to_string().into_bytes())
    .execute(conn)
    .await
    .map(drop)
}
