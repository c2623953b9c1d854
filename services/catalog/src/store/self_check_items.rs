//! `self_check_items`: what the self-check asks, and the words beside the support lines.

use contracts::self_check::SelfCheck;
use diesel::prelude::*;
use diesel::result::Error::NotFound;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{positions, read, written};
use crate::schema::self_check_items::dsl;

const ITEM: &str = "item";
const PREFERENCE: &str = "preference";
const SUPPORT: &str = "support";

/// A new version.
pub(crate) async fn insert(
    conn: &mut Connection,
    self_check: &SelfCheck,
    now: Timestamp,
) -> QueryResult<()> {
    let mut contents = vec![(SUPPORT, 0, written(&self_check.support)?)];
    for (position, item) in positions().zip(&self_check.item) {
        contents.push((ITEM, position, written(item)?));
    }
    for (position, preference) in positions().zip(&self_check.preference) {
        contents.push((PREFERENCE, position, written(preference)?));
    }
    let row = |(kind, position, content)| {
        (
            dsl::version.eq(self_check.version),
            dsl::position.eq(position),
            dsl::kind.eq(kind),
            dsl::content.eq::<Value>(content),
            dsl::created_at.eq(now.to_diesel()),
        )
    };
    let rows: Vec<_> = contents.into_iter().map(row).collect();
    diesel::insert_into(dsl::self_check_items).values(rows).execute(conn).await.map(drop)
}

/// The newest version.
pub(crate) async fn find_latest(conn: &mut Connection) -> QueryResult<Option<SelfCheck>> {
    let newest: Option<i32> =
        dsl::self_check_items.select(diesel::dsl::max(dsl::version)).first(conn).await?;
    let Some(version) = newest else {
        return Ok(None);
    };
    let rows: Vec<(String, Value)> = dsl::self_check_items
        .filter(dsl::version.eq(version))
        .order(dsl::position)
        .select((dsl::kind, dsl::content))
        .load(conn)
        .await?;
    let support = of_kind(&rows, SUPPORT)?.pop().ok_or(NotFound)?;
    let (item, preference) = (of_kind(&rows, ITEM)?, of_kind(&rows, PREFERENCE)?);
    Ok(Some(SelfCheck { version, item, preference, support }))
}

fn of_kind<T: DeserializeOwned>(rows: &[(String, Value)], kind: &str) -> QueryResult<Vec<T>> {
    let contents = rows.iter().filter(|(found, _)| found == kind);
    contents.map(|(_, content)| read(content.clone())).collect()
}
