//! `quest_templates`: every version of every template. The newest row of a code is what holds.

use contracts::quest_templates::QuestTemplate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde_json::Value;

use super::{read, written};
use crate::domain::quest_templates::{Entry, Source};
use crate::schema::quest_templates::dsl;

const ADMIN: &str = "admin";
const FILE: &str = "file";

type Row = (Value, String, bool);

fn entry((content, source, withdrawn): Row) -> QueryResult<Entry> {
    let source = if source == ADMIN { Source::Admin } else { Source::File };
    Ok(Entry { template: read(content)?, source, withdrawn })
}

/// Adds versions.
pub(crate) async fn insert(
    conn: &mut Connection,
    entries: &[Entry],
    now: Timestamp,
) -> QueryResult<()> {
    let mut rows = Vec::with_capacity(entries.len());
    for Entry { template, source, withdrawn } in entries {
        let source = match source {
            Source::File => FILE,
            Source::Admin => ADMIN,
        };
        rows.push((
            dsl::code.eq(&template.code),
            dsl::version.eq(template.version),
            dsl::content.eq(written(template)?),
            dsl::source.eq(source),
            dsl::withdrawn.eq(*withdrawn),
            dsl::created_at.eq(now.to_diesel()),
        ));
    }
    diesel::insert_into(dsl::quest_templates).values(rows).execute(conn).await.map(drop)
}

/// The newest version of a template.
pub(crate) async fn find(conn: &mut Connection, code: &str) -> QueryResult<Option<Entry>> {
    let row: Option<Row> = dsl::quest_templates
        .filter(dsl::code.eq(code))
        .order(dsl::version.desc())
        .select((dsl::content, dsl::source, dsl::withdrawn))
        .first(conn)
        .await
        .optional()?;
    row.map(entry).transpose()
}

/// The newest version of every template, by code.
pub(crate) async fn list(conn: &mut Connection) -> QueryResult<Vec<Entry>> {
    let rows: Vec<Row> = dsl::quest_templates
        .distinct_on(dsl::code)
        .order((dsl::code, dsl::version.desc()))
        .select((dsl::content, dsl::source, dsl::withdrawn))
        .load(conn)
        .await?;
    rows.into_iter().map(entry).collect()
}

/// The newest version of every template that is not withdrawn, by code.
pub(crate) async fn list_given(conn: &mut Connection) -> QueryResult<Vec<QuestTemplate>> {
    let entries = list(conn).await?.into_iter();
    Ok(entries.filter(|entry| !entry.withdrawn).map(|entry| entry.template).collect())
}
