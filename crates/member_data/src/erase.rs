//! Erasing a member.

use contracts::UserId;
use diesel::sql_types::Uuid;
use diesel::{QueryResult, sql_query};
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::Table;

/// Deletes a member's rows of these tables, in this order, and says which tables these are.
pub async fn erase(
    conn: &mut Connection,
    tables: &[Table],
    user_id: UserId,
) -> QueryResult<Vec<String>> {
    let mut erased = Vec::new();
    for Table { name, whose, .. } in tables.iter().filter(|table| table.erased) {
        let delete = sql_query(format!("DELETE FROM {name} t WHERE {whose}"));
        delete.bind::<Uuid, _>(user_id.0).execute(conn).await?;
        erased.push((*name).to_owned());
    }
    Ok(erased)
}
