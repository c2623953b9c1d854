//! Rows of `users`.

mod rows;

use contracts::UserId;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

pub(super) use self::rows::UserRow;
use self::rows::{NewRow, as_array};
use crate::domain::imports::Newcomer;
use crate::domain::users::User;
use crate::schema::users::dsl;

diesel::define_sql_function! {
    /// PostgreSQL's `lower`.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Who keeps a member's password.
pub(crate) struct Keeper {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) is_cognito: bool,
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

/// Who keeps the password of an e-mail address, without case: Cognito, or we do, even where there is none yet.
pub(crate) async fn find_keeper(conn: &mut Connection, email: &str) -> QueryResult<Option<Keeper>> {
    let is_cognito = dsl::cognito_sub.is_not_null().and(dsl::password_hash.is_null());
    let row: Option<(Uuid, String, bool)> = dsl::users
        .filter(lower(dsl::email).eq(lower(email)))
        .select((dsl::sub, dsl::email, is_cognito))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(sub, email, is_cognito)| Keeper { id: UserId(sub), email, is_cognito }))
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
    let row = NewRow::new(user, password_hash, None);
    diesel::insert_into(dsl::users).values(row).execute(conn).await.map(drop)
}

/// New members who come from elsewhere, but for those whose address or id is a member's already; says who they are.
pub(crate) async fn insert_all(
    conn: &mut Connection,
    newcomers: &[Newcomer],
) -> QueryResult<Vec<UserId>> {
    let rows = newcomers.iter().map(|Newcomer { user, password_hash, cognito_sub }| {
        NewRow::new(user, password_hash.as_deref(), cognito_sub.as_deref())
    });
    let added: Vec<Uuid> = diesel::insert_into(dsl::users)
        .values(rows.collect::<Vec<_>>())
        .on_conflict_do_nothing()
        .returning(dsl::sub)
        .get_results(conn)
        .await?;
    Ok(added.into_iter().map(UserId).collect())
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
