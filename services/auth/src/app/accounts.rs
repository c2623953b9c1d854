//! Signing up and signing in.

use contracts::UserId;
use contracts::events::{Member, MemberRegistered};
use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::domain::passwords::{FAILURE_WINDOW, MOST_FAILURES};
use crate::domain::sessions::Session;
use crate::domain::users::{MEMBER, User};
use crate::error::Error;
use crate::provider::Account;
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
    account: Account,
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
    };
    store::users::insert(conn, &user, account.password_hash.as_deref()).await?;
    let session = Session::begin(device, now);
    store::sessions::insert(conn, user.id, &session).await?;
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
    // What is counted must be what is looked up: PostgreSQL's lower case of some letters is another one.
    let email = email.to_lowercase();
    let account = Sha256::digest(&email);
    let window = now - FAILURE_WINDOW;
    let (known, failures) = {
        let mut conn = state.pool.get().await?;
        (
            store::users::find_by_email(&mut conn, &email).await?,
            store::login_failures::count(&mut conn, &account, window).await?,
        )
    };
    let (user, hash) = known.unzip();
    let hash = hash.flatten().filter(|_| failures < MOST_FAILURES);
    let right = state.passwords.verify(password, hash.clone()).await?;
    if let Some(user) = user.filter(|_| right) {
        let entered = pg::transaction(&state.pool, async |conn| {
            enter(conn, now, user, hash.as_deref(), &account, device).await
        })
        .await?;
        if let Some(entered) = entered {
            return Ok(entered);
        }
    }
    let mut conn = state.pool.get().await?;
    store::login_failures::upsert(&mut conn, &account, window, now).await?;
    Err(Error::WrongCredentials)
}

/// Signs in who gave the right password. None where it was changed, or others failed too often, while this one waited
/// for its turn: guesses that come at once count like those that come one by one.
async fn enter(
    conn: &mut Connection,
    now: Timestamp,
    mut user: User,
    hash: Option<&str>,
    account: &[u8],
    device: Option<String>,
) -> Result<Option<(User, Session)>, Error> {
    let failures = store::login_failures::count(conn, account, now - FAILURE_WINDOW).await?;
    if failures >= MOST_FAILURES
        || !store::users::update_last_login(conn, user.id, hash, now).await?
    {
        return Ok(None);
    }
    if failures > 0 {
        store::login_failures::delete(conn, account).await?;
    }
    user.last_login_at = Some(now);
    let session = Session::begin(device, now);
    store::sessions::insert(conn, user.id, &session).await?;
    Ok(Some((user, session)))
}

/// What other services know of a member.
pub(crate) fn as_others_know(user: &User) -> Member {
    let User { id, name, locale, time_zone, .. } = user.clone();
    Member { user_id: UserId(id.0), name, locale, time_zone }
}
