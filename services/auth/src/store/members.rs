//! Pages of `users`, for admins and for services. Each order has an index of its own, and a page reads on from where the last one ended, so that
//! it costs the same among a thousand members and among a million.

use contracts::UserId;
use contracts::events::Member;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use super::users::{UserRow, lower};
use crate::domain::members::{Place, Search};
use crate::domain::users::User;
use crate::schema::{role_holders, users};

/// Sorts behind every letter, so that what begins alike ends before the beginning with this behind it.
const LAST: char = char::MAX;

/// Members and where they stand.
pub(crate) async fn list(
    conn: &mut Connection,
    search: &Search,
    limit: i64,
) -> QueryResult<Vec<(Place, User)>> {
    match (&search.beginning, &search.role) {
        (Some(beginning), _) => called(conn, search, beginning, limit).await,
        (None, Some(role)) => holders(conn, search, role, limit).await,
        (None, None) => newest(conn, search, limit).await,
    }
}

/// By name or address. With a role, the planner goes by the rarer of the two: it knows how many hold each.
async fn called(
    conn: &mut Connection,
    search: &Search,
    beginning: &str,
    limit: i64,
) -> QueryResult<Vec<(Place, User)>> {
    let by_address = beginning.contains('@');
    let key = || key(by_address);
    let mut query = users::table
        .filter(key().ge(lower(beginning)))
        .filter(key().lt(lower(format!("{beginning}{LAST}"))))
        .filter(users::created_at.ge(search.from.to_diesel()))
        .filter(users::created_at.lt(search.before.to_diesel()))
        .into_boxed();
    if let Some(role) = &search.role {
        query = query
            .filter(users::roles.contains(vec![Some(role.as_str())]))
            .filter(sql::<Bool>(r#""users"."roles" <> '{member}'"#));
    }
    if let Some(Place::Called(name, id)) = &search.after {
        query = query.filter(key().ge(name)).filter(key().gt(name).or(users::sub.gt(id)));
    }
    let rows: Vec<(UserRow, String)> = query
        .order((key(), users::sub))
        .limit(limit)
        .select((UserRow::as_select(), key()))
        .load(conn)
        .await?;
    let place = |(row, key): (UserRow, String)| {
        let user = User::from(row);
        (Place::Called(key, user.id.0), user)
    };
    Ok(rows.into_iter().map(place).collect())
}

/// What is compared, as the indexes `users_name_start` and `users_email_start` have it.
fn key(by_address: bool) -> SqlLiteral<Text> {
    sql(if by_address {
        r#"lower("users"."email") COLLATE "C""#
    } else {
        r#"lower("users"."name") COLLATE "C""#
    })
}

async fn holders(
    conn: &mut Connection,
    search: &Search,
    role: &str,
    limit: i64,
) -> QueryResult<Vec<(Place, User)>> {
    let mut query = role_holders::table
        .inner_join(users::table.on(users::sub.eq(role_holders::user_id)))
        .filter(role_holders::role.eq(role))
        .filter(role_holders::created_at.ge(search.from.to_diesel()))
        .filter(role_holders::created_at.lt(search.before.to_diesel()))
        .into_boxed();
    if let Some(Place::Joined(at, id)) = &search.after {
        let at = at.to_diesel();
        query = query
            .filter(role_holders::created_at.le(at))
            .filter(role_holders::created_at.lt(at).or(role_holders::user_id.lt(id)));
    }
    let rows: Vec<UserRow> = query
        .order((role_holders::created_at.desc(), role_holders::user_id.desc()))
        .limit(limit)
        .select(UserRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(by_age).collect())
}

async fn newest(
    conn: &mut Connection,
    search: &Search,
    limit: i64,
) -> QueryResult<Vec<(Place, User)>> {
    let mut query = users::table
        .filter(users::created_at.ge(search.from.to_diesel()))
        .filter(users::created_at.lt(search.before.to_diesel()))
        .into_boxed();
    if let Some(Place::Joined(at, id)) = &search.after {
        let at = at.to_diesel();
        query = query
            .filter(users::created_at.le(at))
            .filter(users::created_at.lt(at).or(users::sub.lt(id)));
    }
    let rows: Vec<UserRow> = query
        .order((users::created_at.desc(), users::sub.desc()))
        .limit(limit)
        .select(UserRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(by_age).collect())
}

fn by_age(row: UserRow) -> (Place, User) {
    let user = User::from(row);
    (Place::Joined(user.created_at, user.id.0), user)
}

/// A page of members for a service that starts late, ordered by id.
pub(crate) async fn list_members(
    conn: &mut Connection,
    after: Option<UserId>,
    limit: i64,
) -> QueryResult<Vec<Member>> {
    let rows: Vec<(Uuid, String, String, String)> = users::table
        .filter(users::sub.gt(after.map_or(Uuid::nil(), |id| id.0)))
        .order(users::sub)
        .limit(limit)
        .select((users::sub, users::name, users::locale, users::time_zone))
        .load(conn)
        .await?;
    let member =
        |(sub, name, locale, time_zone)| Member { user_id: UserId(sub), name, locale, time_zone };
    Ok(rows.into_iter().map(member).collect())
}
