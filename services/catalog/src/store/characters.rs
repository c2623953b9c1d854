//! `characters`: every version of all of them, with their drawings.

use contracts::characters::{Character, Characters};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde_json::Value;

use super::{positions, read, written};
use crate::domain::files::Drawing;
use crate::schema::characters::dsl;

/// A new version of all characters. One that has no drawing is written without a line in it.
pub(crate) async fn insert(
    conn: &mut Connection,
    characters: &Characters,
    drawings: &[Drawing],
    now: Timestamp,
) -> QueryResult<()> {
    let mut rows = Vec::with_capacity(characters.items.len());
    for (position, character) in positions().zip(&characters.items) {
        let drawing = drawings.iter().find(|drawing| drawing.key == character.key);
        rows.push((
            dsl::version.eq(characters.version),
            dsl::key.eq(&character.key),
            dsl::position.eq(position),
            dsl::content.eq(written(character)?),
            dsl::drawing.eq(drawing.map_or("", |drawing| &drawing.svg)),
            dsl::created_at.eq(now.to_diesel()),
        ));
    }
    diesel::insert_into(dsl::characters).values(rows).execute(conn).await.map(drop)
}

/// Every version, the newest last.
pub(crate) async fn list(conn: &mut Connection) -> QueryResult<Vec<Characters>> {
    let rows: Vec<(i32, Value)> = dsl::characters
        .order((dsl::version, dsl::position))
        .select((dsl::version, dsl::content))
        .load(conn)
        .await?;
    let mut versions: Vec<Characters> = Vec::new();
    for (version, content) in rows {
        let character: Character = read(content)?;
        match versions.last_mut() {
            Some(last) if last.version == version => last.items.push(character),
            _ => versions.push(Characters { version, items: vec![character] }),
        }
    }
    Ok(versions)
}

/// The drawings of a version.
pub(crate) async fn list_drawings(
    conn: &mut Connection,
    version: i32,
) -> QueryResult<Vec<Drawing>> {
    let rows: Vec<(String, String)> = dsl::characters
        .filter(dsl::version.eq(version))
        .order(dsl::position)
        .select((dsl::key, dsl::drawing))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(key, svg)| Drawing { key, svg }).collect())
}
