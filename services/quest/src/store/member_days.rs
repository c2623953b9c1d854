//! `member_days`: the summary of each day that was looked at.

use contracts::UserId;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::member_days::MemberDay;
use crate::domain::streak::Standing;
use crate::schema::member_days::dsl;

/// A day as it is read, from its table or as JSON.
#[derive(Debug, Deserialize, Queryable, Selectable)]
#[diesel(table_name = crate::schema::member_days)]
pub(super) struct MemberDayRow {
    #[diesel(deserialize_as = jiff_diesel::Date)]
    date: Date,
    done: i32,
    xp: i64,
    current: i32,
    longest: i32,
    freezes: i32,
    completed_days: i32,
    frozen: i32,
    missed: i32,
}

impl From<MemberDayRow> for MemberDay {
    fn from(row: MemberDayRow) -> Self {
        let MemberDayRow { current, longest, freezes, completed_days, frozen, missed, .. } = row;
        let standing = Standing { current, longest, freezes, completed_days, frozen, missed };
        MemberDay { date: row.date, done: row.done, xp: row.xp, standing }
    }
}

/// The newest days, newest first: as many as it takes to know the one before today.
pub(crate) async fn list_newest(
    mut conn: &Connection,
    user_id: UserId,
) -> QueryResult<Vec<MemberDay>> {
    let rows: Vec<MemberDayRow> = dsl::member_days
        .filter(dsl::user_id.eq(user_id.0))
        .order(dsl::date.desc())
        .limit(3)
        .select(MemberDayRow::as_select())
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(MemberDay::from).collect())
}

/// Whether the member has looked at any day.
pub(crate) async fn exist(conn: &mut Connection, user_id: UserId) -> QueryResult<bool> {
    let days = dsl::member_days.filter(dsl::user_id.eq(user_id.0));
    diesel::select(exists(days)).get_result(conn).await
}

/// Every day, first one first.
pub(crate) async fn list(conn: &mut Connection, user_id: UserId) -> QueryResult<Vec<MemberDay>> {
    let rows: Vec<MemberDayRow> = dsl::member_days
        .filter(dsl::user_id.eq(user_id.0))
        .order(dsl::date)
        .select(MemberDayRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(MemberDay::from).collect())
}

/// A page of the members who have looked at a day since a date, by id.
pub(crate) async fn list_members_since(
    conn: &mut Connection,
    date: Date,
    after: UserId,
    limit: i64,
) -> QueryResult<Vec<UserId>> {
    let ids: Vec<Uuid> = dsl::member_days
        .filter(dsl::user_id.gt(after.0))
        .filter(dsl::date.ge(date.to_diesel()))
        .order(dsl::user_id)
        .select(dsl::user_id)
        .distinct()
        .limit(limit)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Keeps days, each in the place of what was kept for its date. One statement: it has values for the days of sixteen years.
pub(crate) async fn upsert(
    conn: &mut Connection,
    user_id: UserId,
    days: &[MemberDay],
) -> QueryResult<()> {
    let row = |day: &MemberDay| {
        let Standing { current, longest, freezes, completed_days, frozen, missed } = day.standing;
        (
            dsl::user_id.eq(user_id.0),
            dsl::date.eq(day.date.to_diesel()),
            dsl::done.eq(day.done),
            dsl::xp.eq(day.xp),
            dsl::current.eq(current),
            dsl::longest.eq(longest),
            dsl::freezes.eq(freezes),
            dsl::completed_days.eq(completed_days),
            dsl::frozen.eq(frozen),
            dsl::missed.eq(missed),
        )
    };
    enum UpsertOne {}
    let upsert = diesel::insert_into(dsl::member_days)
        .values(days.iter().map(row).collect::<Vec<_>>())
        .on_conflict((dsl::user_id, dsl::date))
        .do_update()
        .set((
            dsl::done.eq(excluded(dsl::done)),
            dsl::xp.eq(excluded(dsl::xp)),
            dsl::current.eq(excluded(dsl::current)),
            dsl::longest.eq(excluded(dsl::longest)),
            dsl::freezes.eq(excluded(dsl::freezes)),
            dsl::completed_days.eq(excluded(dsl::completed_days)),
            dsl::frozen.eq(excluded(dsl::frozen)),
            dsl::missed.eq(excluded(dsl::missed)),
        ));
    // The text follows from the number of days, which is one unless all are written anew.
    let kept = match days {
        [_one] => pg::fixed::<UpsertOne, _>(upsert).execute(conn).await,
        _ => upsert.execute(conn).await,
    };
    kept.map(drop)
}
