//! Signing up at Cognito, and confirming the address there.

use jiff::Timestamp;
use secrecy::SecretString;

use super::members::register;
use super::sign_ins::{Attempt, log_in};
use crate::app::accounts::{NewMember, SignedIn};
use crate::domain::users::User;
use crate::error::Error;
use crate::provider::cognito::{Cognito, Delivery, Profile};
use crate::state::State;
use crate::store;

/// Somebody who has signed up.
pub(crate) enum SignedUp {
    /// The pool wants nothing confirmed.
    In(Box<SignedIn>),
    /// A code is on its way, as far as Cognito says.
    Unconfirmed(Box<User>, Option<Delivery>),
}

/// Makes an account at Cognito, and a member of its owner. Where the second fails, the first sign-in does it.
pub(crate) async fn sign_up(
    state: &State,
    cognito: &Cognito,
    now: Timestamp,
    new: NewMember,
    password: &SecretString,
    device: Option<String>,
) -> Result<SignedUp, Error> {
    let known = store::users::find_by_email(&mut *state.pool.get().await?, &new.email).await?;
    if known.is_some() {
        return Err(Error::EmailTaken);
    }
    let profile = Profile {
        email: new.email.clone(),
        is_verified: false,
        name: Some(new.name.clone()),
        locale: Some(new.locale.clone()),
        time_zone: Some(new.time_zone.clone()),
    };
    let account = cognito.sign_up(&profile, password).await?;
    let user = pg::transaction(&state.pool, async |conn| {
        register(conn, new.into_user(account.user_id, now)).await
    })
    .await?;
    if !account.is_confirmed {
        return Ok(SignedUp::Unconfirmed(Box::new(user), account.delivery));
    }
    let attempt = Attempt { email: &user.email, password, locked: false, device };
    Ok(SignedUp::In(log_in(state, cognito, now, attempt).await?.into()))
}

/// Confirms an account by the code that was sent to its owner, whose address is proved by it.
pub(crate) async fn confirm(state: &State, email: &str, code: &str) -> Result<(), Error> {
    let Some(cognito) = &state.cognito else {
        return Err(Error::NothingToConfirm);
    };
    let (email, member) = {
        let mut conn = state.pool.get().await?;
        match store::users::find_by_email(&mut conn, email).await? {
            None => (email.to_owned(), None),
            Some((user, _)) if store::users::is_cognitos(&mut conn, user.id).await? => {
                (user.email, Some(user.id))
            }
            Some(_) => return Err(Error::NothingToConfirm),
        }
    };
    cognito.confirm(&email, code).await?;
    if let Some(id) = member {
        let mut conn = state.pool.get().await?;
        store::users::update_email_verified(&mut conn, id, state.clock.now()).await?;
    }
    Ok(())
}
