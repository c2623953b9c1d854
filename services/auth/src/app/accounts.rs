//! Signing up and signing in.

use contracts::UserId;
use contracts::events::{Member, MemberRegistered};
use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;

use super::login_failures::Account;
use super::sessions;
use crate::domain::passwords;
use crate::domain::roles::MEMBER;
use crate::domain::sessions::Session;
use crate::domain::users::User;
use crate::error::Error;
use crate::provider;
use crate::state::State;
use crate::store;

/// What somebody says of themselves who signs up.
#[derive(Debug)]
pub(crate) struct NewMember {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) age: Option<i32>,
    pub(crate) gender: Option<String>,
    pub(crate) locale: String,
    pub(crate) time_zone: String,
}

/// Makes a member of somebody, signed in.
pub(crate) async fn sign_up(
    conn: &mut Connection,
    now: Timestamp,
    new: NewMember,
    account: provider::Account,
    device: Option<String>,
) -> Result<(User, Session), Error> {
    let user = User {
        id: account.user_id,
        email: new.email,
        name: new.name,
        age: new.age,
        gender: new.gender,
        roles: vec![MEMBER.to_owned()],
        locale: new.locale,
        time_zone: new.time_zone,
        created_at: now,
        updated_at: now,
        last_login_at: Some(now),
        email_verified_at: None,
    };
    store::users::insert(conn, &user, account.password_hash.as_deref()).await?;
    let session = sessions::begin(conn, now, user.id, device).await?;
    events::publish(conn, &MemberRegistered(as_others_know(&user))).await?;
    Ok((user, session))
}

/// Signs a member in. An unknown address, a wrong password and an account that was tried too often look alike, and take
/// the same time: the password is hashed in every case, and outside any transaction.
pub(crate) async fn log_in(
    state: &State,
    now: Timestamp,
    email: &str,
    password: &SecretString,
    device: Option<String>,
) -> Result<(User, Session), Error> {
    let email = email.to_lowercase();
    let account = Account::of(&email);
    let (known, locked) = {
        let mut conn = state.pool.get().await?;
        (
            store::users::find_by_email(&mut conn, &email).await?,
            account.is_locked(&mut conn, now).await?,
        )
    };
    let (user, hash) = known.unzip();
    let hash = hash.flatten().filter(|_| !locked);
    let right = state.passwords.verify(password, hash.clone()).await?;
    if let Some(user) = user.filter(|_| right) {
        let renewed = renew(state, password, hash.as_deref()).await?;
        let hash = (hash.as_deref(), renewed.as_deref());
        let entered = pg::transaction(&state.pool, async |conn| {
            enter(conn, now, user, hash, &account, device).await
        })
        .await?;
        if let Some(entered) = entered {
            return Ok(entered);
        }
    }
    account.count(&mut *state.pool.get().await?, now).await?;
    Err(Error::WrongCredentials)
}

/// Another hash in place of one that came with the member from elsewhere, or was made when less was enough.
async fn renew(
    state: &State,
    password: &SecretString,
    hash: Option<&str>,
) -> Result<Option<String>, Error> {
    match hash {
        Some(hash) if !passwords::is_current(hash) => state.passwords.change(password).await,
        _ => Ok(None),
    }
}

/// Signs in who gave the right password. None where it was changed, or others failed too often, while this one waited
/// for its turn: guesses that come at once count like those that come one by one.
async fn enter(
    conn: &mut Connection,
    now: Timestamp,
    mut user: User,
    (hash, renewed): (Option<&str>, Option<&str>),
    account: &Account,
    device: Option<String>,
) -> Result<Option<(User, Session)>, Error> {
    if account.is_locked(conn, now).await?
        || !store::users::update_last_login(conn, user.id, hash, renewed.or(hash), now).await?
    {
        return Ok(None);
    }
    account.forget(conn).await?;
    user.last_login_at = Some(now);
    let session = sessions::begin(conn, now, user.id, device).await?;
    Ok(Some((user, session)))
}

/// What other services know of a member.
pub(crate) fn as_others_know(user: &User) -> Member {
    let User { id, name, locale, time_zone, .. } = user.clone();
    Member { user_id: UserId(id.0), name, locale, time_zone }
}
