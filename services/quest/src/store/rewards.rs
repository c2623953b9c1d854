//! `rewards`: the ledger. Entries are added, never changed.

use contracts::UserId;
use diesel::dsl::{exists, max, sum};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::quests::Quest;
use crate::schema::rewards::dsl;

/// The quest's last entry; 0 where there is none.
pub(crate) async fn find_last_entry(
    mut conn: &Connection,
    user_id: UserId,
    quest_id: Uuid,
) -> QueryResult<i32> {
    let last: Option<i32> = dsl::rewards
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::quest_id.eq(quest_id))
        .select(max(dsl::entry))
        .first(&mut conn)
        .await?;
    Ok(last.unwrap_or(0))
}

/// Adds an entry of the quest: `xp` is given, or taken back where it is below zero. The key refuses what another
/// transaction has added, the table what is out of turn.
pub(crate) async fn insert(
    mut conn: &Connection,
    user_id: UserId,
    quest: &Quest,
    (entry, xp): (i32, i32),
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(dsl::rewards)
        .values((
            dsl::user_id.eq(user_id.0),
            dsl::quest_id.eq(quest.id),
            dsl::entry.eq(entry),
            dsl::date.eq(quest.date.to_diesel()),
            dsl::xp.eq(xp),
            dsl::created_at.eq(now.to_diesel()),
        ))
        .execute(&mut conn)
        .await
        .map(drop)
}

/// What the entries of a date add up to.
pub(crate) async fn sum_of_day(
    mut conn: &Connection,
    user_id: UserId,
    date: Date,
) -> QueryResult<i64> {
    let sum: Option<i64> = dsl::rewards
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::date.eq(date.to_diesel()))
        .select(sum(dsl::xp))
        .first(&mut conn)
        .await?;
    Ok(sum.unwrap_or(0))
}

/// Whether there is any entry of a date.
pub(crate) async fn exist_on(
    conn: &mut Connection,
    user_id: UserId,
    date: Date,
) -> QueryResult<bool> {
    let of_day =
        dsl::rewards.filter(dsl::user_id.eq(user_id.0)).filter(dsl::date.eq(date.to_diesel()));
    diesel::select(exists(of_day)).get_result(conn).await
}

/// What the entries of each date add up to, first date first.
pub(crate) async fn list_sums(
    conn: &mut Connection,
    user_id: UserId,
) -> QueryResult<Vec<(Date, i64)>> {
    let rows: Vec<(jiff_diesel::Date, Option<i64>)> = dsl::rewards
        .filter(dsl::user_id.eq(user_id.0))
        .group_by(dsl::date)
        .order(dsl::date)
        .select((dsl::date, sum(dsl::xp)))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(date, sum)| (date.to_jiff(), sum.unwrap_or(0))).collect())
}
