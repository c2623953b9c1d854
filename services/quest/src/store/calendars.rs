//! `calendar_eras`: by which rules a member's days are counted.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_diesel::{NullableDate, ToDiesel};
use pg::Connection;
use serde::Deserialize;

use crate::domain::day::{Calendar, DayRule, Era};
use crate::schema::calendar_eras::dsl;

/// An era as it is read, from its table or as JSON.
#[derive(Debug, Deserialize, Queryable, Selectable)]
#[diesel(table_name = crate::schema::calendar_eras)]
pub(super) struct EraRow {
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    starts_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Date)]
    first_date: Date,
    #[diesel(deserialize_as = NullableDate)]
    follows: Option<Date>,
    time_zone: String,
    start_hour: i16,
}

impl From<EraRow> for Era {
    fn from(row: EraRow) -> Self {
        Era {
            starts_at: row.starts_at,
            first_date: row.first_date,
            follows: row.follows,
            rule: DayRule::named(&row.time_zone, i8::try_from(row.start_hour).unwrap_or(0)),
        }
    }
}

/// The member's calendar; none before they were first heard of.
pub(crate) async fn find(conn: &mut Connection, user_id: UserId) -> QueryResult<Option<Calendar>> {
    let rows: Vec<EraRow> = dsl::calendar_eras
        .filter(dsl::user_id.eq(user_id.0))
        .order(dsl::starts_at)
        .select(EraRow::as_select())
        .load(conn)
        .await?;
    Ok(Calendar::of(rows.into_iter().map(Era::from).collect()))
}

/// Keeps what has changed of a calendar.
pub(crate) async fn update(
    conn: &mut Connection,
    user_id: UserId,
    before: &[Era],
    after: &[Era],
) -> QueryResult<()> {
    for gone in before.iter().filter(|era| !after.contains(era)) {
        diesel::delete(dsl::calendar_eras.find((user_id.0, gone.starts_at.to_diesel())))
            .execute(conn)
            .await?;
    }
    for new in after.iter().filter(|era| !before.contains(era)) {
        diesel::insert_into(dsl::calendar_eras)
            .values((
                dsl::user_id.eq(user_id.0),
                dsl::starts_at.eq(new.starts_at.to_diesel()),
                dsl::first_date.eq(new.first_date.to_diesel()),
                dsl::follows.eq(new.follows.map(|date| date.to_diesel())),
                dsl::time_zone.eq(new.rule.zone_name()),
                dsl::start_hour.eq(i16::from(new.rule.start_hour)),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}
