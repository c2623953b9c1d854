//! The kept answers: every query on `idempotency_keys`.

use actix_web::http::StatusCode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;
use pg::{Connection, Pool};
use uuid::Uuid;

use crate::Reply;
use crate::reply::{JSON, PROBLEM};

diesel::table! {
    idempotency_keys (user_id, route, key) {
        user_id -> Uuid,
        route -> Text,
        key -> Text,
        fingerprint -> Bytea,
        status -> Int2,
        body -> Bytea,
        created_at -> Timestamptz,
    }
}

/// Whose key, on which route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) user_id: Uuid,
    pub(crate) route: String,
    pub(crate) key: String,
}

/// A kept answer.
#[derive(Queryable)]
pub(crate) struct Kept {
    pub(crate) fingerprint: Vec<u8>,
    status: i16,
    body: Vec<u8>,
}

impl Kept {
    pub(crate) fn new(fingerprint: Vec<u8>, reply: &Reply) -> Self {
        Kept { fingerprint, status: reply.status.as_u16().cast_signed(), body: reply.body.clone() }
    }

    pub(crate) fn into_reply(self) -> Reply {
        let status = StatusCode::from_u16(self.status.cast_unsigned()).unwrap_or(StatusCode::OK);
        let content_type = if status.is_success() { JSON } else { PROBLEM };
        Reply { status, content_type, body: self.body }
    }
}

/// Takes the key for this transaction; false while another transaction holds it.
pub(crate) async fn lock(conn: &mut Connection, scope: &Scope) -> QueryResult<bool> {
    diesel::select(
        diesel::dsl::sql::<Bool>("pg_try_advisory_xact_lock(hashtextextended(current_schema() || ")
            .bind::<Text, _>(format!("/{}/{}/{}", scope.user_id, scope.route, scope.key))
            .sql(", ")
            .bind::<BigInt, _>(0_i64)
            .sql("))"),
    )
    .get_result(conn)
    .await
}

/// The kept answer.
pub(crate) async fn find(conn: &mut Connection, scope: &Scope) -> QueryResult<Option<Kept>> {
    use idempotency_keys::dsl;
    dsl::idempotency_keys
        .find((scope.user_id, &scope.route, &scope.key))
        .select((dsl::fingerprint, dsl::status, dsl::body))
        .first(conn)
        .await
        .optional()
}

/// Keeps an answer.
pub(crate) async fn insert(conn: &mut Connection, scope: &Scope, kept: &Kept) -> QueryResult<()> {
    use idempotency_keys::dsl;
    diesel::insert_into(dsl::idempotency_keys)
        .values((
            dsl::user_id.eq(scope.user_id),
            dsl::route.eq(&scope.route),
            dsl::key.eq(&scope.key),
            dsl::fingerprint.eq(&kept.fingerprint),
            dsl::status.eq(kept.status),
            dsl::body.eq(&kept.body),
            dsl::created_at.eq(diesel::dsl::now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// How many answers are forgotten by one statement, which must end long before the role's `statement_timeout`.
const BATCH: i32 = 1000;

/// Forgets answers older than 24 hours, once an hour, for as long as it is polled. Runs in each service's background.
pub async fn sweep(pool: Pool, now: impl Fn() -> Timestamp) {
    loop {
        let before = now() - SignedDuration::from_hours(24);
        if let Err(error) = delete_before(&pool, before).await {
            tracing::warn!(%error, "old idempotency keys were not swept");
        }
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    }
}

async fn delete_before(pool: &Pool, before: Timestamp) -> Result<(), pg::Error> {
    let mut conn = pool.get().await?;
    loop {
        // Other replicas sweep at the same time: each takes other rows.
        let deleted = diesel::sql_query(
            "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
               SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
        )
        .bind::<Timestamptz, _>(before.to_diesel())
        .bind::<Integer, _>(BATCH)
        .execute(&mut conn)
        .await?;
        if deleted < BATCH as usize {
            return Ok(());
        }
    }
}
