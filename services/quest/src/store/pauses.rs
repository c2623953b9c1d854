//! `pauses`: a member's times off.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde::Deserialize;

use crate::domain::pauses::Pause;
use crate::schema::pauses::dsl;

/// A pause as it is read, from its table or as JSON.
#[derive(Debug, Deserialize, Queryable)]
pub(super) struct PauseRow {
    #[diesel(deserialize_as = jiff_diesel::Date)]
    starts_on: Date,
    #[diesel(deserialize_as = jiff_diesel::Date)]
    ends_on: Date,
}

impl From<PauseRow> for Pause {
    fn from(row: PauseRow) -> Self {
        Pause { from: row.starts_on, until: row.ends_on }
    }
}

/// The member's pauses that have not ended before a date, first one first.
pub(crate) async fn list_since(
    mut conn: &Connection,
    user_id: UserId,
    date: Date,
) -> QueryResult<Vec<Pause>> {
    let rows: Vec<PauseRow> = dsl::pauses
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::ends_on.ge(date.to_diesel()))
        .order(dsl::starts_on)
        .select((dsl::starts_on, dsl::ends_on))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(Pause::from).collect())
}

/// Keeps a pause.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    pause: Pause,
) -> QueryResult<()> {
    diesel::insert_into(dsl::pauses)
        .values((
            dsl::user_id.eq(user_id.0),
            dsl::starts_on.eq(pause.from.to_diesel()),
            dsl::ends_on.eq(pause.until.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Ends a pause on another date.
pub(crate) async fn update_end(
    conn: &mut Connection,
    user_id: UserId,
    pause: Pause,
) -> QueryResult<()> {
    diesel::update(dsl::pauses.find((user_id.0, pause.from.to_diesel())))
        .set(dsl::ends_on.eq(pause.until.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

/// Forgets a pause that has not begun.
pub(crate) async fn delete(conn: &mut Connection, user_id: UserId, from: Date) -> QueryResult<()> {
    diesel::delete(dsl::pauses.find((user_id.0, from.to_diesel()))).execute(conn).await.map(drop)
}
