//! Signing in with an account elsewhere.

use contracts::UserId;
use contracts::events::MemberRegistered;
use jiff::Timestamp;
use pg::Connection;
use uuid::Uuid;

use super::accounts::as_others_know;
use super::sessions;
use crate::domain::audit::{Action, Actor};
use crate::domain::roles::MEMBER;
use crate::domain::sessions::Session;
use crate::domain::social::{
    CODE_LIFETIME, Entry, Person, ROUND, Round, Wishes, hash, meets, name_of, secret,
};
use crate::domain::users::{User, is_locale};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A round comes back, and never a second time, whatever becomes of it.
pub(crate) async fn come_back(state: &State, round: &Round) -> Result<(), Error> {
    let mut conn = state.pool.get().await?;
    let until = round.begun_at + ROUND;
    match store::social_returns::insert(&mut conn, &hash(&round.state), until).await? {
        true => Ok(()),
        false => Err(Error::RoundOver),
    }
}

/// The member whom somebody is, from now on if not before; and whether they became one just now.
pub(crate) async fn enter(
    conn: &mut Connection,
    now: Timestamp,
    person: &Person,
    wishes: &Wishes,
) -> Result<(User, bool), Error> {
    let Person { issuer, subject, .. } = person;
    if let Some(id) = store::identities::find(conn, issuer, subject).await? {
        let user = store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?;
        return Ok((user, false));
    }
    let known = match &person.verified_email {
        Some(email) => store::users::find_by_email(conn, email).await?.map(|(user, _)| user),
        None => None,
    };
    let entry = person.enter(known.as_ref(), wishes)?;
    let is_new = matches!(entry, Entry::SignUp(_));
    let user = match entry {
        Entry::Link(id) => {
            let (actor, action) = (Actor::Member(id), Action::IdentityLinked { issuer });
            store::audit_log::insert(conn, now, actor, action, id).await?;
            store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?
        }
        Entry::SignUp(email) => {
            let user = become_member(now, person, email, wishes);
            store::users::insert(conn, &user, None).await?;
            events::publish(conn, &MemberRegistered(as_others_know(&user))).await?;
            user
        }
    };
    store::identities::insert(conn, issuer, subject, user.id, now).await?;
    Ok((user, is_new))
}

fn become_member(now: Timestamp, person: &Person, email: String, wishes: &Wishes) -> User {
    let told = person.locale.clone().filter(|tag| tag.len() <= 16 && is_locale(tag));
    User {
        id: UserId(Uuid::now_v7()),
        name: name_of(person.name.as_deref(), &email),
        email,
        age: None,
        gender: None,
        roles: vec![MEMBER.to_owned()],
        locale: wishes.locale.clone().or(told).unwrap_or_else(|| wishes.spoken.clone()),
        time_zone: wishes.time_zone.clone(),
        created_at: now,
        updated_at: now,
        last_login_at: None,
        email_verified_at: Some(now),
    }
}

/// Signs a member in whose row the transaction has locked or written.
pub(crate) async fn sign_in(
    conn: &mut Connection,
    now: Timestamp,
    mut user: User,
    device: Option<String>,
) -> Result<(User, Session), Error> {
    store::users::update_seen(conn, user.id, now).await?;
    user.last_login_at = Some(now);
    let session = sessions::begin(conn, now, user.id, device).await?;
    Ok((user, session))
}

/// A code for a member, to be exchanged by who meets the challenge.
pub(crate) async fn give_code(
    conn: &mut Connection,
    now: Timestamp,
    user: &User,
    challenge: &str,
) -> Result<String, Error> {
    let code = secret()?;
    let expires_at = now + CODE_LIFETIME;
    store::sign_in_codes::insert(conn, &hash(&code), user.id, challenge, expires_at).await?;
    Ok(code)
}

/// Exchanges a code for a session. One that was tried is gone, whoever tried it.
pub(crate) async fn exchange(
    state: &State,
    now: Timestamp,
    (code, verifier): (&str, &str),
    device: Option<String>,
) -> Result<(User, Session), Error> {
    let exchanged = pg::transaction(&state.pool, async |conn| {
        let taken = store::sign_in_codes::take(conn, &hash(code), now).await?;
        let Some((id, _)) = taken.filter(|(_, challenge)| meets(verifier, challenge)) else {
            return Ok(None);
        };
        let user = store::users::lock(conn, id).await?.ok_or(Error::SignInCodeRefused)?;
        sign_in(conn, now, user, device).await.map(Some)
    })
    .await?;
    exchanged.ok_or(Error::SignInCodeRefused)
}
