//! Rows of `cognito_sessions`: Cognito's side of sessions, and of which ends it has yet to be told.

use contracts::UserId;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::cognito_sessions::{Ending, TELL_EVERY};
use crate::schema::cognito_sessions::dsl;
use crate::schema::sessions;

/// An end that Cognito has to be told of.
pub(crate) struct Ended {
    pub(crate) session_id: Uuid,
    pub(crate) sealed: Vec<u8>,
    pub(crate) ending: Ending,
}

/// A session that began; `access_until` is when its access token expires.
pub(crate) async fn insert(
    conn: &mut Connection,
    session_id: Uuid,
    sealed: &[u8],
    access_until: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(dsl::cognito_sessions)
        .values((
            dsl::session_id.eq(session_id),
            dsl::sealed.eq(sealed),
            dsl::access_until.eq(access_until.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// What Cognito gave for a session, sealed; none where the session is not one of theirs, or has ended.
pub(crate) async fn find(conn: &mut Connection, session_id: Uuid) -> QueryResult<Option<Vec<u8>>> {
    dsl::cognito_sessions
        .find(session_id)
        .filter(dsl::ending.is_null())
        .select(dsl::sealed)
        .first(conn)
        .await
        .optional()
}

/// An access token was issued for a session, and expires then.
pub(crate) async fn update_access_until(
    conn: &mut Connection,
    session_id: Uuid,
    until: Timestamp,
) -> QueryResult<()> {
    let session = dsl::cognito_sessions.find(session_id);
    diesel::update(session.filter(dsl::access_until.lt(until.to_diesel())))
        .set(dsl::access_until.eq(until.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

/// How the sessions of a member are about to end, where that is more than ending them here.
pub(crate) async fn update_ending(
    conn: &mut Connection,
    user_id: UserId,
    ending: Ending,
    now: Timestamp,
) -> QueryResult<()> {
    let theirs = sessions::table.filter(sessions::user_id.eq(user_id.0)).select(sessions::id);
    diesel::update(dsl::cognito_sessions.filter(dsl::session_id.eq_any(theirs)))
        .set((dsl::ending.eq(ending.as_str()), dsl::tell_at.eq(now.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// How a session ends that nobody but Cognito is told of.
pub(crate) async fn update_ending_of(
    conn: &mut Connection,
    session_id: Uuid,
    ending: Ending,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::cognito_sessions.find(session_id))
        .set((dsl::ending.eq(ending.as_str()), dsl::tell_at.eq(now.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// These sessions have ended: Cognito is to be told of those that are its own too, of which it says when the last access
/// token expires.
pub(crate) async fn end(
    conn: &mut Connection,
    ended: &[Uuid],
    now: Timestamp,
) -> QueryResult<Vec<(Uuid, Timestamp)>> {
    let here = sql::<Nullable<Text>>("coalesce(ending, 'here')");
    let theirs: Vec<(Uuid, jiff_diesel::Timestamp)> =
        diesel::update(dsl::cognito_sessions.filter(dsl::session_id.eq_any(ended)))
            .set((dsl::ending.eq(here), dsl::tell_at.eq(now.to_diesel())))
            .returning((dsl::session_id, dsl::access_until))
            .get_results(conn)
            .await?;
    Ok(theirs.into_iter().map(|(id, until)| (id, until.into())).collect())
}

/// Takes some of the ends that Cognito is to be told of now. Whoever takes one has a minute for it before somebody else does.
pub(crate) async fn take_ended(
    conn: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<Ended>> {
    let due = dsl::cognito_sessions
        .filter(dsl::tell_at.le(now.to_diesel()))
        .order(dsl::tell_at)
        .limit(limit)
        .select(dsl::session_id)
        .for_update()
        .skip_locked()
        .load::<Uuid>(conn)
        .await?;
    let rows: Vec<(Uuid, Vec<u8>, Option<String>)> =
        diesel::update(dsl::cognito_sessions.filter(dsl::session_id.eq_any(due)))
            .set(dsl::tell_at.eq((now + TELL_EVERY).to_diesel()))
            .returning((dsl::session_id, dsl::sealed, dsl::ending))
            .get_results(conn)
            .await?;
    let ended = |(session_id, sealed, ending): (Uuid, Vec<u8>, Option<String>)| {
        Some(Ended { session_id, sealed, ending: Ending::of(&ending?) })
    };
    Ok(rows.into_iter().filter_map(ended).collect())
}

/// Cognito was told.
pub(crate) async fn delete(conn: &mut Connection, session_id: Uuid) -> QueryResult<()> {
    diesel::delete(dsl::cognito_sessions.find(session_id)).execute(conn).await.map(drop)
}
