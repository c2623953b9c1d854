//! Telling what is held of a member, page by page.

use contracts::UserId;
use contracts::exports::{ExportPage, TableRows};
use diesel::result::Error::{DeserializationError, NotFound};
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Uuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use pg::Connection;
use serde_json::{Map, Value};

use crate::{ExportQuery, Place, Table};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

/// A page of the member's rows. A table that is told, but holds nothing of the member, is there without rows. Fails where
/// the page before ended in no table of the list: the rest would be left out.
pub async fn page(
    conn: &mut Connection,
    tables: &[Table],
    user_id: UserId,
    ExportQuery { after, limit }: &ExportQuery,
) -> QueryResult<ExportPage> {
    let told: Vec<&Table> = tables.iter().filter(|table| table.exported).collect();
    let first = match after {
        Some(place) => told.iter().position(|table| table.name == place.table()).ok_or(NotFound)?,
        None => 0,
    };
    let (mut after, mut left) = (after.as_ref().map(Place::key), *limit);
    let mut page = ExportPage { tables: Vec::new(), next: None };
    for table in told.into_iter().skip(first) {
        let rows = rows(conn, table, user_id, after.take(), left).await?;
        left = left.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if let Some(last) = rows.last().filter(|_| left == 0) {
            // Perhaps nothing is behind it: the next page will say so.
            let next = Place::behind(table.name, key_of(last, table)).to_text();
            page.next = Some(next.map_err(|error| DeserializationError(error.into()))?);
        }
        page.tables.push(TableRows { table: table.name.to_owned(), rows });
        if page.next.is_some() {
            break;
        }
    }
    Ok(page)
}

/// Rows of one table, in the order of its key, behind the row with the key `after`.
async fn rows(
    conn: &mut Connection,
    table: &Table,
    user_id: UserId,
    after: Option<Value>,
    limit: i64,
) -> QueryResult<Vec<Value>> {
    let Table { name, whose, key, secret, .. } = table;
    if key.is_empty() && after.is_some() {
        return Ok(Vec::new()); // One row a member.
    }
    let columns = |of: &str| key.iter().map(|column| format!("{of}.{column}")).collect::<Vec<_>>();
    let (mine, theirs) = (columns("t").join(", "), columns("a").join(", "));
    // The database itself reads the key back into the table's types.
    let behind = match after {
        Some(_) => format!("AND ({mine}) > ({theirs})"),
        None => String::new(),
    };
    let order = match key.is_empty() {
        true => String::new(),
        false => format!("ORDER BY {mine}"),
    };
    let rows: Vec<Row> = sql_query(format!(
        "SELECT to_jsonb(t) - 'user_id' - $2 AS row FROM {name} t, jsonb_populate_record(NULL::{name}, $3) a
         WHERE {whose} {behind} {order} LIMIT $4"
    ))
    .bind::<Uuid, _>(user_id.0)
    .bind::<Array<Text>, _>(*secret)
    .bind::<Nullable<Jsonb>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.row).collect())
}

fn key_of(row: &Value, table: &Table) -> Map<String, Value> {
    table.key.iter().map(|column| ((*column).to_owned(), row[column].clone())).collect()
}
