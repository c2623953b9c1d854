//! Rows of `sessions`.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::sessions::{MOST, Session};
use crate::schema::sessions::dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::sessions)]
struct SessionRow {
    id: Uuid,
    generation: i32,
    device: Option<String>,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    rotated_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    expires_at: Timestamp,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Session {
            id: row.id,
            generation: row.generation,
            device: row.device,
            created_at: row.created_at,
            rotated_at: row.rotated_at,
            expires_at: row.expires_at,
        }
    }
}

/// A new session.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    session: &Session,
) -> QueryResult<()> {
    diesel::insert_into(dsl::sessions)
        .values((
            dsl::id.eq(session.id),
            dsl::user_id.eq(user_id.0),
            dsl::generation.eq(session.generation),
            dsl::device.eq(session.device.as_deref()),
            dsl::created_at.eq(session.created_at.to_diesel()),
            dsl::rotated_at.eq(session.rotated_at.to_diesel()),
            dsl::expires_at.eq(session.expires_at.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Locks a session and says whose it is.
pub(crate) async fn lock(
    conn: &mut Connection,
    id: Uuid,
) -> QueryResult<Option<(UserId, Session)>> {
    let row: Option<(Uuid, SessionRow)> = dsl::sessions
        .find(id)
        .select((dsl::user_id, SessionRow::as_select()))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(user_id, row)| (UserId(user_id), row.into())))
}

/// When a member signed in; none where the session is not theirs.
pub(crate) async fn find_beginning(
    conn: &mut Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<Option<Timestamp>> {
    let beginning: Option<jiff_diesel::Timestamp> = dsl::sessions
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::id.eq(id))
        .select(dsl::created_at)
        .first(conn)
        .await
        .optional()?;
    Ok(beginning.map(|at| at.to_jiff()))
}

/// Begins the next generation.
pub(crate) async fn update_generation(
    conn: &mut Connection,
    id: Uuid,
    generation: i32,
    now: Timestamp,
    expires_at: Timestamp,
) -> QueryResult<()> {
    enum UpdateGeneration {}
    let update = diesel::update(dsl::sessions.find(id)).set((
        dsl::generation.eq(generation),
        dsl::rotated_at.eq(now.to_diesel()),
        dsl::expires_at.eq(expires_at.to_diesel()),
    ));
    pg::fixed::<UpdateGeneration, _>(update).execute(conn).await.map(drop)
}

/// Where a member is signed in, newest first.
pub(crate) async fn list(
    conn: &mut Connection,
    user_id: UserId,
    now: Timestamp,
) -> QueryResult<Vec<Session>> {
    let rows: Vec<SessionRow> = dsl::sessions
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::expires_at.gt(now.to_diesel()))
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .limit(MOST)
        .select(SessionRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Ends one session of a member; false when it is not theirs.
pub(crate) async fn delete(conn: &mut Connection, user_id: UserId, id: Uuid) -> QueryResult<bool> {
    let one = dsl::sessions.filter(dsl::user_id.eq(user_id.0)).filter(dsl::id.eq(id));
    Ok(diesel::delete(one).execute(conn).await? == 1)
}

/// Ends all sessions of a member but one, and says which.
pub(crate) async fn delete_others(
    conn: &mut Connection,
    user_id: UserId,
    but: Option<Uuid>,
) -> QueryResult<Vec<Uuid>> {
    let others = dsl::sessions
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::id.ne(but.unwrap_or(Uuid::nil())));
    diesel::delete(others).returning(dsl::id).get_results(conn).await
}

/// Ends the sessions of a member but the `but` that were renewed last, and says which.
pub(crate) async fn delete_idlest(
    conn: &mut Connection,
    user_id: UserId,
    but: i64,
) -> QueryResult<Vec<Uuid>> {
    let idlest: Vec<Uuid> = dsl::sessions
        .filter(dsl::user_id.eq(user_id.0))
        .order((dsl::rotated_at.desc(), dsl::id.desc()))
        .offset(but)
        .select(dsl::id)
        .load(conn)
        .await?;
    diesel::delete(dsl::sessions.filter(dsl::id.eq_any(idlest)))
        .returning(dsl::id)
        .get_results(conn)
        .await
}
