//! Rows of `erasures`: which services have yet to erase a member, and which have.

use contracts::UserId;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Double, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::{NullableTimestamp, ToDiesel};
use pg::Connection;
use uuid::Uuid;

use crate::domain::erasures::Part;
use crate::schema::erasures::dsl;

/// A service that has not confirmed an erasure.
#[derive(Debug, QueryableByName)]
pub(crate) struct Late {
    #[diesel(sql_type = SqlUuid)]
    pub(crate) user_id: Uuid,
    #[diesel(sql_type = Text)]
    pub(crate) service: String,
}

/// How many erasures a service has not confirmed, and since when the oldest of them was wanted.
#[derive(Debug, QueryableByName)]
pub(crate) struct Unconfirmed {
    #[diesel(sql_type = Text)]
    pub(crate) service: String,
    #[diesel(sql_type = BigInt)]
    pub(crate) count: i64,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub(crate) since: Timestamp,
}

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
                dsl::asked_at.eq(now.to_diesel()),
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

/// Whether a member was erased.
pub(crate) async fn exists(conn: &mut Connection, user_id: UserId) -> QueryResult<bool> {
    let erased = dsl::erasures.filter(dsl::user_id.eq(user_id.0));
    diesel::select(diesel::dsl::exists(erased)).get_result(conn).await
}

/// A service has emptied these tables of a member. What it said first holds: who was asked again says it again.
pub(crate) async fn update_done(
    conn: &mut Connection,
    user_id: UserId,
    service: &str,
    tables: &[String],
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::erasures.find((user_id.0, service)).filter(dsl::done_at.is_null()))
        .set((dsl::done_at.eq(now.to_diesel()), dsl::tables.eq(tables)))
        .execute(conn)
        .await
        .map(drop)
}

/// What each service does about a member.
pub(crate) async fn list(conn: &mut Connection, user_id: UserId) -> QueryResult<Vec<Part>> {
    type Row = (String, Vec<Option<String>>, NullableTimestamp);
    let rows: Vec<Row> = dsl::erasures
        .filter(dsl::user_id.eq(user_id.0))
        .order(dsl::service)
        .select((dsl::service, dsl::tables, dsl::done_at))
        .load(conn)
        .await?;
    let part = |(service, tables, done_at): Row| Part {
        service,
        tables: tables.into_iter().flatten().collect(),
        done_at: done_at.to_jiff(),
    };
    Ok(rows.into_iter().map(part).collect())
}

/// Notes that services are asked again, and says which: those that were asked for as long as they had waited already when
/// they were asked last, at least `first` and at most `longest`. Other replicas ask others.
pub(crate) async fn update_asked(
    conn: &mut Connection,
    now: Timestamp,
    first: SignedDuration,
    longest: SignedDuration,
    limit: i64,
) -> QueryResult<Vec<Late>> {
    sql_query(
        "UPDATE erasures SET asked_at = $1 WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM erasures
           WHERE done_at IS NULL AND asked_at + least(
             greatest(asked_at - requested_at, make_interval(secs => $2)), make_interval(secs => $3)) <= $1
           ORDER BY asked_at LIMIT $4 FOR UPDATE SKIP LOCKED))
         RETURNING user_id, service",
    )
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Double, _>(first.as_secs_f64())
    .bind::<Double, _>(longest.as_secs_f64())
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Who has not confirmed how much.
pub(crate) async fn list_unconfirmed(conn: &mut Connection) -> QueryResult<Vec<Unconfirmed>> {
    sql_query(
        "SELECT service, count(*), min(requested_at) AS since FROM erasures
         WHERE done_at IS NULL GROUP BY service",
    )
    .load(conn)
    .await
}

/// Forgets erasures that everybody has confirmed and that were wanted before a time, with their receipts.
pub(crate) async fn delete_before(conn: &mut Connection, time: Timestamp) -> QueryResult<()> {
    sql_query(
        "WITH over AS (
           DELETE FROM erasure_receipts r WHERE requested_at < $1
             AND NOT EXISTS (SELECT FROM erasures e WHERE e.user_id = r.user_id AND e.done_at IS NULL)
           RETURNING user_id)
         DELETE FROM erasures USING over WHERE erasures.user_id = over.user_id",
    )
    .bind::<Timestamptz, _>(time.to_diesel())
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
