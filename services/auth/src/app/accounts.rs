//! Signing up and signing in.

use contracts::UserId;
use contracts::events::{Member, MemberRegistered};
use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;

use super::cognito::{self, Attempt};
use super::login_failures::Account;
use super::{mails, sessions};
use crate::domain::mail_tokens::Purpose;
use crate::domain::passwords;
use crate::domain::roles::MEMBER;
use crate::domain::sessions::Session;
use crate::domain::users::User;
use crate::error::Error;
use crate::provider;
use crate::provider::cognito::Tokens;
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

impl NewMember {
    /// The member, of this id from now on.
    pub(crate) fn into_user(self, id: UserId, now: Timestamp) -> User {
        User {
            id,
            email: self.email,
            name: self.name,
            age: self.age,
            gender: self.gender,
            roles: vec![MEMBER.to_owned()],
            locale: self.locale,
            time_zone: self.time_zone,
            created_at: now,
            updated_at: now,
            last_login_at: None,
            email_verified_at: None,
        }
    }
}

/// A member who is signed in.
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) session: Session,
    /// What Cognito gave for the session, where it holds the member's password.
    pub(crate) theirs: Option<Tokens>,
}

impl From<(User, Session)> for SignedIn {
    fn from((user, session): (User, Session)) -> Self {
        SignedIn { user, session, theirs: None }
    }
}

/// Makes a member of somebody, signed in.
pub(crate) async fn sign_up(
    conn: &mut Connection,
    now: Timestamp,
    new: NewMember,
    account: provider::Account,
    device: Option<String>,
) -> Result<(User, Session), Error> {
    let mut user = new.into_user(account.user_id, now);
    user.last_login_at = Some(now);
    register(conn, &user, Some(&account.password_hash)).await?;
    mails::ask(conn, now, Purpose::EmailVerification, Some(user.id)).await?;
    let session = sessions::begin(conn, now, user.id, device).await?;
    Ok((user, session))
}

/// Writes a new member, and tells the other services.
pub(super) async fn register(
    conn: &mut Connection,
    user: &User,
    password_hash: Option<&str>,
) -> Result<(), Error> {
    store::users::insert(conn, user, password_hash).await?;
    events::publish(conn, &MemberRegistered(as_others_know(user))).await?;
    Ok(())
}

/// Signs a member in, at whoever holds their password. An unknown address, a wrong password and an account that was tried too often look alike, and take
/// the same time: the password is hashed in every case, and outside any transaction.
pub(crate) async fn log_in(
    state: &State,
    now: Timestamp,
    email: &str,
    password: &SecretString,
    device: Option<String>,
) -> Result<SignedIn, Error> {
    let account = Account::of(email);
    let (known, holder, locked) = {
        let mut conn = state.pool.get().await?;
        let known = store::users::find_by_email(&mut conn, &email.to_lowercase()).await?;
        let holder = cognito::holder(state, &mut conn, known.as_ref()).await?;
        (known, holder, account.is_locked(&mut conn, now).await?)
    };
    if let Some(cognito) = holder {
        let email = known.as_ref().map_or(email, |(user, _)| &user.email);
        let attempt = Attempt { email, password, locked, device };
        return cognito::log_in(state, cognito, now, attempt).await;
    }
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
            return Ok(entered.into());
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
        Some(hash) if !passwords::is_current(hash) => {
            state.passwords.hash(password).await.map(Some)
        }
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
