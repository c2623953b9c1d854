//! `outages`: dates on which we were away.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::domain::pauses::Pause;
use crate::schema::outages::dsl;

/// The outages that have not ended before a date.
pub(crate) async fn list_since(mut conn: &Connection, date: Date) -> QueryResult<Vec<Pause>> {
    let rows: Vec<(jiff_diesel::Date, jiff_diesel::Date)> = dsl::outages
        .filter(dsl::ends_on.ge(date.to_diesel()))
        .select((dsl::starts_on, dsl::ends_on))
        .load(&mut conn)
        .await?;
    let outage = |(from, until): (jiff_diesel::Date, jiff_diesel::Date)| Pause {
        from: from.to_jiff(),
        until: until.to_jiff(),
    };
    Ok(rows.into_iter().map(outage).collect())
}

/// Keeps an outage.
pub(crate) async fn insert(conn: &mut Connection, outage: Pause) -> QueryResult<()> {
    diesel::insert_into(dsl::outages)
        .values((
            dsl::starts_on.eq(outage.from.to_diesel()),
            dsl::ends_on.eq(outage.until.to_diesel()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}
