//! `psy_instruments` and `psy_questions`: a test and its statements, every version of them.

use std::collections::HashMap;

use contracts::instruments::{Instrument, Item};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde_json::Value;

use super::{positions, read, written};
use crate::schema::{psy_instruments as instruments, psy_questions as questions};

#[derive(Queryable, Selectable)]
#[diesel(table_name = instruments, check_for_backend(diesel::pg::Pg))]
struct InstrumentRow {
    key: String,
    version: i32,
    norm_set: String,
    scale: Value,
    norms: Value,
    alpha: Value,
}

impl InstrumentRow {
    fn into_instrument(self, items: Vec<Item>) -> QueryResult<Instrument> {
        Ok(Instrument {
            key: self.key,
            version: self.version,
            scale: read(self.scale)?,
            items,
            norm_set: self.norm_set,
            norms: read(self.norms)?,
            alpha: read(self.alpha)?,
        })
    }
}

/// A new version of a test.
pub(crate) async fn insert(
    conn: &mut Connection,
    instrument: &Instrument,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(instruments::table)
        .values((
            instruments::key.eq(&instrument.key),
            instruments::version.eq(instrument.version),
            instruments::norm_set.eq(&instrument.norm_set),
            instruments::scale.eq(written(&instrument.scale)?),
            instruments::norms.eq(written(&instrument.norms)?),
            instruments::alpha.eq(written(&instrument.alpha)?),
            instruments::created_at.eq(now.to_diesel()),
        ))
        .execute(conn)
        .await?;
    let mut rows = Vec::with_capacity(instrument.items.len());
    for (position, item) in positions().zip(&instrument.items) {
        rows.push((
            questions::instrument.eq(&instrument.key),
            questions::version.eq(instrument.version),
            questions::position.eq(position),
            questions::id.eq(item.id),
            questions::content.eq(written(item)?),
        ));
    }
    diesel::insert_into(questions::table).values(rows).execute(conn).await.map(drop)
}

/// Every version of every test, the newest last.
pub(crate) async fn list(conn: &mut Connection) -> QueryResult<Vec<Instrument>> {
    let asked: Vec<(String, i32, Value)> = questions::table
        .order((questions::instrument, questions::version, questions::position))
        .select((questions::instrument, questions::version, questions::content))
        .load(conn)
        .await?;
    let mut items: HashMap<(String, i32), Vec<Item>> = HashMap::new();
    for (instrument, version, content) in asked {
        items.entry((instrument, version)).or_default().push(read(content)?);
    }
    let rows: Vec<InstrumentRow> = instruments::table
        .order((instruments::key, instruments::version))
        .select(InstrumentRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let items = items.remove(&(row.key.clone(), row.version)).unwrap_or_default();
            row.into_instrument(items)
        })
        .collect()
}
