//! Rows of `roles`, which operators write, and of `role_holders`, which a trigger does.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::domain::roles::Role;
use crate::schema::{role_holders, roles};

/// Every role, by name.
pub(crate) async fn list(conn: &mut Connection) -> QueryResult<Vec<Role>> {
    let rows: Vec<(String, Option<String>)> =
        roles::table.order(roles::name).select((roles::name, roles::open_to)).load(conn).await?;
    Ok(rows.into_iter().map(|(name, open_to)| Role { name, open_to }).collect())
}

/// The holders of a role change one after the other, until each transaction's end.
pub(crate) async fn lock_holders(conn: &mut Connection, role: &str) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('holders of ' || $1, 0))")
        .bind::<diesel::sql_types::Text, _>(role)
        .execute(conn)
        .await
        .map(drop)
}

/// Whether somebody holds a role besides this member.
pub(crate) async fn is_held_by_another(
    conn: &mut Connection,
    role: &str,
    user_id: UserId,
) -> QueryResult<bool> {
    let others = role_holders::table
        .filter(role_holders::role.eq(role))
        .filter(role_holders::user_id.ne(user_id.0));
    diesel::select(diesel::dsl::exists(others)).get_result(conn).await
}
