//! Rows of `users`.

use contracts::UserId;
use contracts::events::Member;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};
use pg::Connection;
use uuid::Uuid;

use crate::domain::imports::Newcomer;
use crate::domain::users::User;
use crate::schema::users::dsl;

diesel::define_sql_function! {
    /// PostgreSQL's `lower`.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A user as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::users)]
pub(super) struct UserRow {
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
fn as_array(roles: &[String]) -> Vec<Option<&str>> {
    roles.iter().map(|role| Some(role.as_str())).collect()
}

/// The member of an id.
pub(crate) async fn find(mut conn: &Connection, id: UserId) -> QueryResult<Option<User>> {
    let user = dsl::users.filter(dsl::sub.eq(id.0)).select(UserRow::as_select());
    let row = user.first(&mut conn).await;
    row.optional().map(|row| row.map(User::from))
}

/// The member of an e-mail address, without case, and the password's hash.
pub(crate) async fn find_by_email(
    conn: &mut Connection,
    email: &str,
) -> QueryResult<Option<(User, Option<String>)>> {
    let row: Option<(UserRow, Option<String>)> = dsl::users
        .filter(lower(dsl::email).eq(lower(email)))
        .select((UserRow::as_select(), dsl::password_hash))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(row, hash)| (row.into(), hash)))
}

/// The member of an e-mail address, without case, whose password is ours to change.
pub(crate) async fn find_own_by_email(
    conn: &mut Connection,
    email: &str,
) -> QueryResult<Option<UserId>> {
    let own = dsl::users.filter(lower(dsl::email).eq(lower(email)));
    let id = own.filter(dsl::cognito_sub.is_null()).select(dsl::sub).first(conn).await;
    id.optional().map(|id| id.map(UserId))
}

/// Whether Cognito holds the password of a member.
pub(crate) async fn is_cognitos(conn: &mut Connection, id: UserId) -> QueryResult<bool> {
    let theirs = dsl::users.filter(dsl::sub.eq(id.0)).filter(dsl::cognito_sub.is_not_null());
    diesel::select(exists(theirs)).get_result(conn).await
}

/// The hash of a member's password.
pub(crate) async fn find_password_hash(
    conn: &mut Connection,
    id: UserId,
) -> QueryResult<Option<String>> {
    let hash: Option<Option<String>> = dsl::users
        .filter(dsl::sub.eq(id.0))
        .select(dsl::password_hash)
        .first(conn)
        .await
        .optional()?;
    Ok(hash.flatten())
}

/// A new member.
pub(crate) async fn insert(
    conn: &mut Connection,
    user: &User,
    password_hash: Option<&str>,
) -> QueryResult<()> {
    diesel::insert_into(dsl::users)
        .values((
            dsl::sub.eq(user.id.0),
            dsl::email.eq(&user.email),
            dsl::name.eq(&user.name),
            dsl::age.eq(user.age),
            dsl::gender.eq(user.gender.as_deref()),
            dsl::password_hash.eq(password_hash),
            dsl::roles.eq(as_array(&user.roles)),
            dsl::locale.eq(&user.locale),
            dsl::time_zone.eq(&user.time_zone),
            dsl::created_at.eq(user.created_at.to_diesel()),
            dsl::updated_at.eq(user.updated_at.to_diesel()),
            dsl::last_login_at.eq(user.last_login_at.map(|at| at.to_diesel())),
            dsl::email_verified_at.eq(user.email_verified_at.map(|at| at.to_diesel())),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// New members who come from elsewhere, but for those whose address or id is a member's already; says who they are.
pub(crate) async fn insert_all(
    conn: &mut Connection,
    newcomers: &[Newcomer],
) -> QueryResult<Vec<UserId>> {
    let rows = newcomers.iter().map(|Newcomer { user, password_hash, cognito_sub }| {
        (
            dsl::sub.eq(user.id.0),
            dsl::email.eq(&user.email),
            dsl::name.eq(&user.name),
            dsl::age.eq(user.age),
            dsl::gender.eq(user.gender.as_deref()),
            dsl::cognito_sub.eq(cognito_sub.as_deref()),
            dsl::password_hash.eq(password_hash.as_deref()),
            dsl::roles.eq(as_array(&user.roles)),
            dsl::locale.eq(&user.locale),
            dsl::time_zone.eq(&user.time_zone),
            dsl::created_at.eq(user.created_at.to_diesel()),
            dsl::updated_at.eq(user.updated_at.to_diesel()),
            dsl::last_login_at.eq(user.last_login_at.map(|at| at.to_diesel())),
        )
    });
    let rows: Vec<_> = rows.collect();
    let added: Vec<Uuid> = diesel::insert_into(dsl::users)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(dsl::sub)
        .get_results(conn)
        .await?;
    Ok(added.into_iter().map(UserId).collect())
}

/// The member's id is Cognito's for them.
pub(crate) async fn update_cognito_sub(conn: &mut Connection, id: UserId) -> QueryResult<()> {
    diesel::update(dsl::users.filter(dsl::sub.eq(id.0)))
        .set(dsl::cognito_sub.eq(id.to_string()))
        .execute(conn)
        .await
        .map(drop)
}

/// The address by which Cognito knows its member now.
pub(crate) async fn update_email(
    conn: &mut Connection,
    id: UserId,
    email: &str,
    at: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::users.filter(dsl::sub.eq(id.0)))
        .set((dsl::email.eq(email), dsl::updated_at.eq(at.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// What a member can change of themselves.
pub(crate) async fn update(conn: &mut Connection, user: &User) -> QueryResult<()> {
    diesel::update(dsl::users.filter(dsl::sub.eq(user.id.0)))
        .set((
            dsl::name.eq(&user.name),
            dsl::age.eq(user.age),
            dsl::gender.eq(user.gender.as_deref()),
            dsl::locale.eq(&user.locale),
            dsl::time_zone.eq(&user.time_zone),
            dsl::updated_at.eq(user.updated_at.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Locks the row, so that what is read of it holds until the transaction ends.
pub(crate) async fn lock(conn: &mut Connection, id: UserId) -> QueryResult<Option<User>> {
    let row = dsl::users
        .filter(dsl::sub.eq(id.0))
        .select(UserRow::as_select())
        .for_update()
        .first(conn)
        .await;
    row.optional().map(|row| row.map(User::from))
}

/// A new password.
pub(crate) async fn update_password(
    conn: &mut Connection,
    id: UserId,
    password_hash: &str,
    at: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::users.filter(dsl::sub.eq(id.0)))
        .set((dsl::password_hash.eq(password_hash), dsl::updated_at.eq(at.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// The address was proved to be the member's own; the first time counts.
pub(crate) async fn update_email_verified(
    conn: &mut Connection,
    id: UserId,
    at: Timestamp,
) -> QueryResult<()> {
    let unproved = dsl::users.filter(dsl::sub.eq(id.0)).filter(dsl::email_verified_at.is_null());
    diesel::update(unproved)
        .set((dsl::email_verified_at.eq(at.to_diesel()), dsl::updated_at.eq(at.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// A sign-in by a password, whose hash may be replaced by another of the same; false when that has changed meanwhile, or the
/// member is gone.
pub(crate) async fn update_last_login(
    conn: &mut Connection,
    id: UserId,
    password_hash: Option<&str>,
    renewed: Option<&str>,
    at: Timestamp,
) -> QueryResult<bool> {
    let member = dsl::users
        .filter(dsl::sub.eq(id.0))
        .filter(dsl::password_hash.is_not_distinct_from(password_hash));
    enum UpdateLastLogin {}
    let update = diesel::update(member)
        .set((dsl::last_login_at.eq(at.to_diesel()), dsl::password_hash.eq(renewed)));
    let updated = pg::fixed::<UpdateLastLogin, _>(update).execute(conn).await?;
    Ok(updated == 1)
}

/// A sign-in by other means than a password.
pub(crate) async fn update_seen(
    conn: &mut Connection,
    id: UserId,
    at: Timestamp,
) -> QueryResult<()> {
    let member = dsl::users.filter(dsl::sub.eq(id.0));
    diesel::update(member).set(dsl::last_login_at.eq(at.to_diesel())).execute(conn).await.map(drop)
}

/// The roles of a member.
pub(crate) async fn update_roles(
    conn: &mut Connection,
    id: UserId,
    roles: &[String],
    at: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::users.filter(dsl::sub.eq(id.0)))
        .set((dsl::roles.eq(as_array(roles)), dsl::updated_at.eq(at.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// A page of members for a service that starts late, ordered by id.
pub(crate) async fn list_members(
    conn: &mut Connection,
    after: Option<UserId>,
    limit: i64,
) -> QueryResult<Vec<Member>> {
    let rows: Vec<(Uuid, String, String, String)> = dsl::users
        .filter(dsl::sub.gt(after.map_or(Uuid::nil(), |id| id.0)))
        .order(dsl::sub)
        .limit(limit)
        .select((dsl::sub, dsl::name, dsl::locale, dsl::time_zone))
        .load(conn)
        .await?;
    let member =
        |(sub, name, locale, time_zone)| Member { user_id: UserId(sub), name, locale, time_zone };
    Ok(rows.into_iter().map(member).collect())
}
