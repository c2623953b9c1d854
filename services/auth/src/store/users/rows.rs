//! How users stand in their table.

use contracts::UserId;
use diesel::prelude::*;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};
use uuid::Uuid;

use crate::domain::users::User;

/// A user as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::users)]
pub(crate) struct UserRow {
    sub: Uuid,
    email: String,
    name: String,
    age: Option<i32>,
    gender: Option<String>,
    roles: Vec<Option<String>>,
    locale: String,
    time_zone: String,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    updated_at: Timestamp,
    #[diesel(deserialize_as = NullableTimestamp)]
    last_login_at: Option<Timestamp>,
    #[diesel(deserialize_as = NullableTimestamp)]
    email_verified_at: Option<Timestamp>,
}

/// A user as they are written first.
#[derive(Insertable)]
#[diesel(table_name = crate::schema::users, treat_none_as_default_value = false)]
pub(super) struct NewRow<'u> {
    sub: Uuid,
    email: &'u str,
    name: &'u str,
    age: Option<i32>,
    gender: Option<&'u str>,
    cognito_sub: Option<&'u str>,
    password_hash: Option<&'u str>,
    roles: Vec<Option<&'u str>>,
    locale: &'u str,
    time_zone: &'u str,
    created_at: jiff_diesel::Timestamp,
    updated_at: jiff_diesel::Timestamp,
    last_login_at: Option<jiff_diesel::Timestamp>,
    email_verified_at: Option<jiff_diesel::Timestamp>,
}

impl<'u> NewRow<'u> {
    pub(super) fn new(
        user: &'u User,
        password_hash: Option<&'u str>,
        cognito_sub: Option<&'u str>,
    ) -> Self {
        NewRow {
            sub: user.id.0,
            email: &user.email,
            name: &user.name,
            age: user.age,
            gender: user.gender.as_deref(),
            cognito_sub,
            password_hash,
            roles: as_array(&user.roles),
            locale: &user.locale,
            time_zone: &user.time_zone,
            created_at: user.created_at.to_diesel(),
            updated_at: user.updated_at.to_diesel(),
            last_login_at: user.last_login_at.map(|at| at.to_diesel()),
            email_verified_at: user.email_verified_at.map(|at| at.to_diesel()),
        }
    }
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        User {
            id: UserId(row.sub),
            email: row.email,
            name: row.name,
            age: row.age,
            gender: row.gender,
            roles: row.roles.into_iter().flatten().collect(),
            locale: row.locale,
            time_zone: row.time_zone,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_login_at: row.last_login_at,
            email_verified_at: row.email_verified_at,
        }
    }
}

/// PostgreSQL's arrays may hold nulls, says Diesel; ours never do.
pub(super) fn as_array(roles: &[String]) -> Vec<Option<&str>> {
    roles.iter().map(|role| Some(role.as_str())).collect()
}
