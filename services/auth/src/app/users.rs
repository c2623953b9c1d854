//! What members and admins change of a member.

use contracts::UserId;
use contracts::events::MemberUpdated;
use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;
use uuid::Uuid;

use super::accounts::as_others_know;
use super::cognito;
use super::login_failures::Account;
use super::sessions::end_others;
use crate::domain::audit::{Action, Actor};
use crate::domain::mail_tokens::Purpose;
use crate::domain::users::User;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// What a member changes of themselves; what is none stays. Age and gender can also be taken back.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) name: Option<String>,
    pub(crate) age: Option<Option<i32>>,
    pub(crate) gender: Option<Option<String>>,
    pub(crate) locale: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// Changes a member, by their own word.
pub(crate) async fn update_me(
    conn: &mut Connection,
    now: Timestamp,
    id: UserId,
    changes: Changes,
) -> Result<User, Error> {
    let user = store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?;
    change(conn, now, user, changes).await
}

/// Changes a member whose row is locked, and tells the other services.
pub(super) async fn change(
    conn: &mut Connection,
    now: Timestamp,
    mut user: User,
    changes: Changes,
) -> Result<User, Error> {
    let before = as_others_know(&user);
    user.name = changes.name.unwrap_or(user.name);
    user.age = changes.age.unwrap_or(user.age);
    user.gender = changes.gender.unwrap_or(user.gender);
    user.locale = changes.locale.unwrap_or(user.locale);
    user.time_zone = changes.time_zone.unwrap_or(user.time_zone);
    user.updated_at = now;
    store::users::update(conn, &user).await?;
    let after = as_others_know(&user);
    if after != before {
        events::publish(conn, &MemberUpdated(after)).await?;
    }
    Ok(user)
}

/// A change of password of which all that takes long is done.
pub(crate) struct PasswordChange {
    account: Account,
    before: Option<String>,
    is_right: bool,
    after: Option<String>,
}

/// Compares and hashes, or has Cognito do it, outside any transaction: who waits for a turn holds no connection and no row.
pub(crate) async fn prepare_password_change(
    state: &State,
    now: Timestamp,
    id: UserId,
    current: &SecretString,
    new: &SecretString,
) -> Result<PasswordChange, Error> {
    let mut conn = state.pool.get().await?;
    let user = store::users::find(&conn, id).await?.ok_or(Error::UserNotFound)?;
    let before = store::users::find_password_hash(&mut conn, id).await?;
    let account = Account::of(&user.email);
    let locked = account.is_locked(&mut conn, now).await?;
    let (email, known) = (user.email.clone(), (user, before.clone()));
    let holder = cognito::holder(state, &mut conn, Some(&known)).await?;
    drop(conn);
    if let Some(cognito) = holder.filter(|_| !locked) {
        let is_right = cognito::change_password(cognito, &email, (current, new), now).await?;
        return Ok(PasswordChange { account, before, is_right, after: None });
    }
    let comparable = before.clone().filter(|_| !locked);
    let is_right = state.passwords.verify(current, comparable).await?;
    let after = match is_right {
        true => Some(state.passwords.hash(new).await?),
        false => None,
    };
    Ok(PasswordChange { account, before, is_right, after })
}

/// Changes a password and ends the member's other sessions. As at a sign-in, an account that was tried too often is
/// answered like a wrong password.
pub(crate) async fn change_password(
    conn: &mut Connection,
    now: Timestamp,
    (id, session_id): (UserId, Option<Uuid>),
    change: &PasswordChange,
) -> Result<(), Error> {
    store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?;
    let still_holds = store::users::find_password_hash(conn, id).await? == change.before;
    if !(change.is_right && still_holds) || change.account.is_locked(conn, now).await? {
        return Err(Error::WrongPassword);
    }
    change.account.forget(conn).await?;
    if let Some(hash) = &change.after {
        store::users::update_password(conn, id, hash, now).await?;
    }
    store::audit_log::insert(conn, now, Actor::Member(id), Action::PasswordChanged, id).await?;
    store::mail_tokens::delete_of(conn, id, Purpose::PasswordReset).await?;
    end_others(conn, id, session_id, "password changed", now).await
}

/// Counts a change that was refused, once its transaction is over: that took back all it wrote.
pub(crate) async fn count_refused_change(
    state: &State,
    now: Timestamp,
    change: &PasswordChange,
) -> Result<(), Error> {
    change.account.count(&mut *state.pool.get().await?, now).await
}
