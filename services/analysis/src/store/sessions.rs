//! `psy_test_sessions`.

use contracts::UserId;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};
use pg::Connection;
use uuid::Uuid;

use crate::domain::instruments::InstrumentKey;
use crate::domain::sessions::Session;
use crate::schema::psy_test_sessions::dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::psy_test_sessions)]
struct SessionRow {
    id: Uuid,
    instrument: String,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    updated_at: Timestamp,
    #[diesel(deserialize_as = NullableTimestamp)]
    submitted_at: Option<Timestamp>,
}

impl TryFrom<SessionRow> for Session {
    type Error = Error;

    fn try_from(row: SessionRow) -> QueryResult<Self> {
        Ok(Session {
            id: row.id,
            instrument: instrument(&row.instrument)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            submitted_at: row.submitted_at,
        })
    }
}

/// The instrument of a row; the table takes none that is not known.
pub(super) fn instrument(key: &str) -> QueryResult<InstrumentKey> {
    InstrumentKey::from_key(key)
        .ok_or_else(|| Error::DeserializationError(format!("instrument {key}").into()))
}

/// The member's session.
pub(crate) async fn find(
    conn: &mut Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<Option<Session>> {
    let row: Option<SessionRow> = dsl::psy_test_sessions
        .find((user_id.0, id))
        .select(SessionRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Session::try_from).transpose()
}

/// The test of this kind that the member has put down.
pub(crate) async fn find_open(
    conn: &mut Connection,
    user_id: UserId,
    instrument: InstrumentKey,
) -> QueryResult<Option<Session>> {
    let row: Option<SessionRow> = dsl::psy_test_sessions
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::instrument.eq(instrument.key()))
        .filter(dsl::submitted_at.is_null())
        .select(SessionRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Session::try_from).transpose()
}

/// Keeps a new session.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    session: &Session,
) -> QueryResult<()> {
    diesel::insert_into(dsl::psy_test_sessions)
        .values((
            dsl::user_id.eq(user_id.0),
            dsl::id.eq(session.id),
            dsl::instrument.eq(session.instrument.key()),
            dsl::created_at.eq(session.created_at.to_diesel()),
            dsl::updated_at.eq(session.updated_at.to_diesel()),
            dsl::submitted_at.eq(session.submitted_at.map(|at| at.to_diesel())),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Keeps when a session was answered and submitted.
pub(crate) async fn update(
    conn: &mut Connection,
    user_id: UserId,
    session: &Session,
) -> QueryResult<()> {
    enum Update {}
    let update = diesel::update(dsl::psy_test_sessions.find((user_id.0, session.id))).set((
        dsl::updated_at.eq(session.updated_at.to_diesel()),
        dsl::submitted_at.eq(session.submitted_at.map(|at| at.to_diesel())),
    ));
    pg::fixed::<Update, _>(update).execute(conn).await.map(drop)
}

/// Forgets a session, and with it its answers and its result.
pub(crate) async fn delete(conn: &mut Connection, user_id: UserId, id: Uuid) -> QueryResult<()> {
    diesel::delete(dsl::psy_test_sessions.find((user_id.0, id))).execute(conn).await.map(drop)
}

/// How many sessions one statement forgets, with fifty answers each: it must end long before the role's
/// `statement_timeout`.
const BATCH: i64 = 100;

/// Forgets some of the open sessions that were last answered before an instant; says whether there may be more. Other
/// replicas sweep at the same time: each takes other rows.
pub(crate) async fn delete_open_before(
    conn: &mut Connection,
    before: Timestamp,
) -> QueryResult<bool> {
    let deleted = diesel::sql_query(
        "DELETE FROM psy_test_sessions WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM psy_test_sessions WHERE submitted_at IS NULL AND updated_at < $1
             ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
    )
    .bind::<Timestamptz, _>(before.to_diesel())
    .bind::<BigInt, _>(BATCH)
    .execute(conn)
    .await?;
    Ok(i64::try_from(deleted) == Ok(BATCH))
}
