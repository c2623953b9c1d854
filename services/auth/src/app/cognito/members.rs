//! Owners of accounts at Cognito who become members.

use std::slice;

use contracts::UserId;
use contracts::events::MemberRegistered;
use identity::Refusal;
use jiff::Timestamp;
use pg::Connection;
use secrecy::{ExposeSecret, SecretString};

use crate::app::accounts::{NewMember, as_others_know};
use crate::domain::imports::Newcomer;
use crate::domain::users::{DEFAULT_LOCALE, DEFAULT_TIME_ZONE, User, is_locale, is_time_zone};
use crate::error::Error;
use crate::provider::cognito::Profile;
use crate::state::State;
use crate::store;

/// Makes a member of somebody who comes with an access token of the pool, and has never signed in through us: their app
/// signs in at Cognito itself.
pub(crate) async fn meet(
    state: &State,
    now: Timestamp,
    id: UserId,
    access: &SecretString,
) -> Result<User, Error> {
    let cognito = state.cognito.as_deref().ok_or(Error::UserNotFound)?;
    match cognito.verifier.verify(access.expose_secret(), now).await {
        Ok(token) if token.user_id() == id => {}
        Err(Refusal::KeysUnavailable) => return Err(Error::ProviderAway),
        Ok(_) | Err(_) => return Err(Error::UserNotFound),
    }
    let profile = match cognito.find_profile(access).await {
        // It has ended there, or was issued for other things than to be asked whose it is.
        Err(failure) if failure.kind.ends_a_session() => return Err(Error::UserNotFound),
        found => found?,
    };
    pg::transaction(&state.pool, async |conn| {
        // Who was erased here is not met again while their account there lasts a little longer.
        if store::erasures::exists(conn, id).await? {
            return Err(Error::UserNotFound);
        }
        register(conn, profile.into_user(id, now)).await
    })
    .await
}

/// Makes a member of the owner of an account at Cognito, and tells the other services; once, of several who do it at the
/// same time.
pub(super) async fn register(conn: &mut Connection, user: User) -> Result<User, Error> {
    let cognito_sub = Some(user.id.to_string());
    let newcomer = Newcomer { user, password_hash: None, cognito_sub };
    if store::users::insert_all(conn, slice::from_ref(&newcomer)).await?.is_empty() {
        let known = store::users::lock(conn, newcomer.user.id).await?;
        return known.ok_or(Error::EmailTaken);
    }
    events::publish(conn, &MemberRegistered(as_others_know(&newcomer.user))).await?;
    Ok(newcomer.user)
}

impl Profile {
    /// As far as an account says who its owner is.
    pub(super) fn into_user(self, id: UserId, now: Timestamp) -> User {
        let Profile { email, is_verified, name, locale, time_zone } = self;
        let local_part = || email.split('@').next().unwrap_or_default().to_owned();
        let name = name.unwrap_or_else(local_part).chars().take(100).collect();
        let locale = locale.filter(|tag| tag.len() <= 16 && is_locale(tag));
        let time_zone = time_zone.filter(|name| is_time_zone(name));
        let new = NewMember {
            name,
            email,
            age: None,
            gender: None,
            locale: locale.unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
            time_zone: time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
        };
        User { email_verified_at: is_verified.then_some(now), ..new.into_user(id, now) }
    }
}
