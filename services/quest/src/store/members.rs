//! `members`: what other services told of them.

use contracts::events::{Member as Told, SelfCheckSubmitted, Tendencies, Topic};
use contracts::{PerTrait, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::{Connection, Json};
use uuid::Uuid;

use crate::domain::members::Member;
use crate::schema::goals::dsl as goals;
use crate::schema::members::dsl;

/// Holds the member's row until the transaction ends: what a member writes comes one after the other. False where there
/// is no row yet.
pub(crate) async fn lock(conn: &mut Connection, user_id: UserId) -> QueryResult<bool> {
    let held: Option<Uuid> = dsl::members
        .find(user_id.0)
        .select(dsl::user_id)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(held.is_some())
}

/// A row for somebody of whom nothing is known yet.
pub(crate) async fn insert(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    diesel::insert_into(dsl::members)
        .values((dsl::user_id.eq(user_id.0), dsl::topics.eq(Json(Vec::<Topic>::new()))))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// What a day's quests depend on.
pub(crate) async fn find(conn: &mut Connection, user_id: UserId) -> QueryResult<Option<Member>> {
    type Row = (
        Option<Json<PerTrait<f64>>>,
        Json<Vec<Topic>>,
        Option<Json<SelfCheckSubmitted>>,
        Option<String>,
        Option<String>,
    );
    let row: Option<Row> = dsl::members
        .left_join(goals::goals.on(goals::user_id.eq(dsl::user_id)))
        .filter(dsl::user_id.eq(user_id.0))
        .select((
            dsl::z,
            dsl::topics,
            dsl::self_check,
            goals::trait_.nullable(),
            goals::direction.nullable(),
        ))
        .first(conn)
        .await
        .optional()?;
    let Some((z, Json(topics), check, of, direction)) = row else {
        return Ok(None);
    };
    let goal = of.zip(direction).map(|(of, direction)| super::goals::goal(&of, &direction));
    Ok(Some(Member {
        user_id,
        z: z.map(|Json(z)| z),
        topics,
        check: check.map(|Json(check)| check),
        goal: goal.transpose()?,
    }))
}

/// The member's locale, where auth has told it.
pub(crate) async fn find_locale(
    conn: &mut Connection,
    user_id: UserId,
) -> QueryResult<Option<String>> {
    let locale = dsl::members.find(user_id.0).select(dsl::locale).first(conn).await;
    locale.optional().map(Option::flatten)
}

/// Keeps name and locale. The time zone belongs to the calendar.
pub(crate) async fn update_told(conn: &mut Connection, told: &Told) -> QueryResult<()> {
    diesel::update(dsl::members.find(told.user_id.0))
        .set((dsl::name.eq(&told.name), dsl::locale.eq(&told.locale)))
        .execute(conn)
        .await
        .map(drop)
}

/// Keeps the character and the tendencies that now hold, if any.
pub(crate) async fn update_tendencies(
    conn: &mut Connection,
    user_id: UserId,
    holds: Option<&Tendencies>,
) -> QueryResult<()> {
    diesel::update(dsl::members.find(user_id.0))
        .set((
            dsl::character_key.eq(holds.map(|holds| &holds.character_key)),
            dsl::z.eq(holds.map(|holds| Json(holds.z))),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Keeps what the member writes about.
pub(crate) async fn update_topics(
    conn: &mut Connection,
    user_id: UserId,
    topics: Vec<Topic>,
) -> QueryResult<()> {
    diesel::update(dsl::members.find(user_id.0))
        .set(dsl::topics.eq(Json(topics)))
        .execute(conn)
        .await
        .map(drop)
}

/// Keeps the last self-check.
pub(crate) async fn update_self_check(
    conn: &mut Connection,
    check: SelfCheckSubmitted,
) -> QueryResult<()> {
    diesel::update(dsl::members.find(check.user_id.0))
        .set(dsl::self_check.eq(Json(check)))
        .execute(conn)
        .await
        .map(drop)
}
