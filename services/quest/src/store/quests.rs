//! `user_quests`.

use std::collections::BTreeMap;

use contracts::{Lang, Text, UserId};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_diesel::{NullableTimestamp, ToDiesel};
use pg::{Connection, Json, from_key};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::history::{Place, Search};
use crate::domain::quests::{Quest, Status};
use crate::domain::selection::{PastQuest, Reason};
use crate::schema::user_quests;
use crate::schema::user_quests::dsl;

/// A quest as it is read, from its table or as JSON.
#[derive(Debug, Deserialize, Queryable, Selectable)]
#[diesel(table_name = user_quests)]
pub(super) struct QuestRow {
    id: Uuid,
    #[diesel(deserialize_as = jiff_diesel::Date)]
    date: Date,
    slot: i16,
    template_code: String,
    template_version: i32,
    title: Json<Text>,
    cue: Json<Text>,
    category: String,
    difficulty: i16,
    minutes: i16,
    xp: i32,
    reason: Json<Reason>,
    status: String,
    #[diesel(deserialize_as = NullableTimestamp)]
    completed_at: Option<Timestamp>,
}

impl TryFrom<QuestRow> for Quest {
    type Error = diesel::result::Error;

    fn try_from(row: QuestRow) -> QueryResult<Self> {
        Ok(Quest {
            id: row.id,
            date: row.date,
            slot: row.slot,
            template_code: row.template_code,
            template_version: row.template_version,
            title: row.title.0,
            cue: row.cue.0,
            category: row.category,
            difficulty: row.difficulty,
            minutes: row.minutes,
            xp: row.xp,
            reason: row.reason.0,
            status: from_key(&row.status)?,
            completed_at: row.completed_at,
        })
    }
}

pub(super) fn quests(rows: Vec<QuestRow>) -> QueryResult<Vec<Quest>> {
    rows.into_iter().map(Quest::try_from).collect()
}

/// One of the member's quests.
pub(crate) async fn find(
    mut conn: &Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<Option<Quest>> {
    let row: Option<QuestRow> = dsl::user_quests
        .find((user_id.0, id))
        .select(QuestRow::as_select())
        .first(&mut conn)
        .await
        .optional()?;
    row.map(Quest::try_from).transpose()
}

/// The quests of a date, in their order.
pub(crate) async fn list_of_day(
    conn: &mut Connection,
    user_id: UserId,
    date: Date,
) -> QueryResult<Vec<Quest>> {
    let rows: Vec<QuestRow> = dsl::user_quests
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::date.eq(date.to_diesel()))
        .order(dsl::slot)
        .select(QuestRow::as_select())
        .load(conn)
        .await?;
    quests(rows)
}

/// What was given from a date on and before another, for the choice of what comes next.
pub(crate) async fn list_between(
    conn: &mut Connection,
    user_id: UserId,
    from: Date,
    before: Date,
) -> QueryResult<Vec<PastQuest>> {
    let rows: Vec<(String, String, jiff_diesel::Date, String)> = dsl::user_quests
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::date.ge(from.to_diesel()))
        .filter(dsl::date.lt(before.to_diesel()))
        .order(dsl::date)
        .select((dsl::template_code, dsl::category, dsl::date, dsl::status))
        .load(conn)
        .await?;
    let quest = |(code, category, date, status): (_, _, jiff_diesel::Date, String)| {
        Ok(PastQuest { code, category, date: date.to_jiff(), status: from_key(&status)? })
    };
    rows.into_iter().map(quest).collect()
}

/// The history, newest first.
pub(crate) async fn search(
    conn: &mut Connection,
    user_id: UserId,
    search: &Search,
    limit: i64,
) -> QueryResult<Vec<Quest>> {
    let mut query = dsl::user_quests.filter(dsl::user_id.eq(user_id.0)).into_boxed();
    if let Some(from) = search.from {
        query = query.filter(dsl::date.ge(from.to_diesel()));
    }
    if let Some(until) = search.until {
        query = query.filter(dsl::date.le(until.to_diesel()));
    }
    if let Some(status) = search.status {
        query = query.filter(dsl::status.eq(status.key()));
    }
    if let Some(words) = &search.words {
        let pattern = containing(words);
        let in_language =
            |lang: Lang| dsl::title.retrieve_as_text(lang.tag()).ilike(pattern.clone());
        query = query.filter(in_language(Lang::Ko).or(in_language(Lang::En)));
    }
    if let Some(Place { date, slot }) = search.after {
        let date = date.to_diesel();
        // The first half bounds the scan of the index, the second leaves out what has been seen of that date.
        query = query.filter(dsl::date.le(date)).filter(dsl::date.lt(date).or(dsl::slot.lt(slot)));
    }
    let rows: Vec<QuestRow> = query
        .order((dsl::date.desc(), dsl::slot.desc()))
        .limit(limit)
        .select(QuestRow::as_select())
        .load(conn)
        .await?;
    quests(rows)
}

/// A pattern for what contains these words as they are.
fn containing(words: &str) -> String {
    let escaped = words.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

/// How many quests the member has completed on each date.
pub(crate) async fn count_completed(
    conn: &mut Connection,
    user_id: UserId,
) -> QueryResult<BTreeMap<Date, i32>> {
    let rows: Vec<(jiff_diesel::Date, i64)> = dsl::user_quests
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::status.eq(Status::Completed.key()))
        .group_by(dsl::date)
        .select((dsl::date, count_star()))
        .load(conn)
        .await?;
    let counted = |(date, count): (jiff_diesel::Date, i64)| {
        (date.to_jiff(), i32::try_from(count).unwrap_or(i32::MAX))
    };
    Ok(rows.into_iter().map(counted).collect())
}

/// The dates on which the member was given something.
pub(crate) async fn list_dates(conn: &mut Connection, user_id: UserId) -> QueryResult<Vec<Date>> {
    let dates: Vec<jiff_diesel::Date> = dsl::user_quests
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::slot.eq(0))
        .select(dsl::date)
        .load(conn)
        .await?;
    Ok(dates.into_iter().map(|date| date.to_jiff()).collect())
}

/// How many quests of a date are completed.
pub(crate) async fn count_completed_on(
    mut conn: &Connection,
    user_id: UserId,
    date: Date,
) -> QueryResult<i32> {
    let count: i64 = dsl::user_quests
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::date.eq(date.to_diesel()))
        .filter(dsl::status.eq(Status::Completed.key()))
        .count()
        .get_result(&mut conn)
        .await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// Gives quests.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    quests: &[Quest],
    now: Timestamp,
) -> QueryResult<()> {
    for quest in quests {
        diesel::insert_into(dsl::user_quests)
            .values((
                dsl::user_id.eq(user_id.0),
                dsl::id.eq(quest.id),
                dsl::date.eq(quest.date.to_diesel()),
                dsl::slot.eq(quest.slot),
                dsl::template_code.eq(&quest.template_code),
                dsl::template_version.eq(quest.template_version),
                dsl::title.eq(Json(quest.title.clone())),
                dsl::cue.eq(Json(quest.cue.clone())),
                dsl::category.eq(&quest.category),
                dsl::difficulty.eq(quest.difficulty),
                dsl::minutes.eq(quest.minutes),
                dsl::xp.eq(quest.xp),
                dsl::reason.eq(Json(quest.reason.clone())),
                dsl::status.eq(quest.status.key()),
                dsl::given_at.eq(now.to_diesel()),
                dsl::completed_at.eq(quest.completed_at.map(|at| at.to_diesel())),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Keeps what has become of a quest.
pub(crate) async fn update(
    mut conn: &Connection,
    user_id: UserId,
    quest: &Quest,
) -> QueryResult<()> {
    enum Update {}
    let update = diesel::update(dsl::user_quests.find((user_id.0, quest.id))).set((
        dsl::status.eq(quest.status.key()),
        dsl::completed_at.eq(quest.completed_at.map(|at| at.to_diesel())),
    ));
    pg::fixed::<Update, _>(update).execute(&mut conn).await.map(drop)
}

/// Takes back the quests of a date; the ledger must know of none.
pub(crate) async fn delete_of_day(
    conn: &mut Connection,
    user_id: UserId,
    date: Date,
) -> QueryResult<()> {
    let of_day =
        dsl::user_quests.filter(dsl::user_id.eq(user_id.0)).filter(dsl::date.eq(date.to_diesel()));
    diesel::delete(of_day).execute(conn).await.map(drop)
}
