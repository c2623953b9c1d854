//! Members whose password Cognito holds: signing up and in, and staying signed in. Cognito is asked outside any transaction.

use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;
use uuid::Uuid;

use super::accounts::{NewMember, SignedIn, register};
use super::login_failures::Account;
use super::sessions;
use crate::domain::sessions::Session;
use crate::domain::users::{DEFAULT_LOCALE, DEFAULT_TIME_ZONE, User, is_locale, is_time_zone};
use crate::error::Error;
use crate::provider::cognito::{Cognito, Delivery, Profile, Tokens};
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
        register_theirs(conn, new.into_user(account.user_id, now)).await
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

/// Somebody who wants to sign in.
pub(crate) struct Attempt<'a> {
    /// As Cognito knows it.
    pub(crate) email: &'a str,
    pub(crate) password: &'a SecretString,
    /// Whether the account was tried too often of late: then Cognito is asked all the same, and not listened to.
    pub(crate) locked: bool,
    pub(crate) device: Option<String>,
}

/// Signs in at Cognito. A wrong password and an unknown address look alike, and are counted, as with our own accounts.
pub(crate) async fn log_in(
    state: &State,
    cognito: &Cognito,
    now: Timestamp,
    attempt: Attempt<'_>,
) -> Result<SignedIn, Error> {
    let Attempt { email, password, locked, device } = attempt;
    let account = Account::of(email);
    let refused = match cognito.sign_in(email, password, now).await {
        _ if locked => Error::WrongCredentials,
        Ok((tokens, grant)) => {
            let sealed = state.tokens.grants.seal(tokens.session_id, &grant);
            let sealed = sealed.map_err(Error::internal)?;
            let profile = needed_profile(state, cognito, &tokens, email).await?;
            let entered = pg::transaction(&state.pool, async |conn| {
                let session = Session { id: tokens.session_id, ..Session::begin(device, now) };
                enter(conn, now, &account, &tokens, profile, session, &sealed).await
            })
            .await?;
            match entered {
                Some((user, session)) => {
                    return Ok(SignedIn { user, session, theirs: Some(tokens) });
                }
                None => Error::WrongCredentials,
            }
        }
        Err(failure) => failure.into(),
    };
    if matches!(refused, Error::NotConfirmed) {
        // Whoever knows the password may have lost the code. That one could not be sent is logged with all the rest.
        let _sent = cognito.send_code_again(email).await;
    }
    if matches!(refused, Error::WrongCredentials) {
        account.count(&mut *state.pool.get().await?, now).await?;
    }
    Err(refused)
}

/// What is asked of the account where its owner is no member yet, or had another address.
async fn needed_profile(
    state: &State,
    cognito: &Cognito,
    tokens: &Tokens,
    email: &str,
) -> Result<Option<Profile>, Error> {
    let known = store::users::find(&*state.pool.get().await?, tokens.user_id).await?;
    match known.filter(|user| user.email.eq_ignore_ascii_case(email)) {
        Some(_) => Ok(None),
        None => Ok(Some(cognito.find_profile(&tokens.access).await?)),
    }
}

/// Writes what a sign-in at Cognito changes here. None for an account that others failed at too often meanwhile, and for
/// one whose owner was erased here and not there yet.
async fn enter(
    conn: &mut Connection,
    now: Timestamp,
    account: &Account,
    tokens: &Tokens,
    profile: Option<Profile>,
    session: Session,
    sealed: &[u8],
) -> Result<Option<(User, Session)>, Error> {
    if account.is_locked(conn, now).await? || store::erasures::exists(conn, tokens.user_id).await? {
        return Ok(None);
    }
    let mut user = match (store::users::lock(conn, tokens.user_id).await?, profile) {
        (Some(user), Some(profile)) if profile.is_verified => {
            store::users::update_email(conn, user.id, &profile.email, now).await?;
            User { email: profile.email, updated_at: now, ..user }
        }
        (Some(user), _) => user,
        (None, Some(profile)) => {
            let user = NewMember::from(profile).into_user(tokens.user_id, now);
            register_theirs(conn, user).await?
        }
        // Erased since it was looked for.
        (None, None) => return Ok(None),
    };
    account.forget(conn).await?;
    if !store::users::update_last_login(conn, user.id, None, None, now).await? {
        return Ok(None);
    }
    user.last_login_at = Some(now);
    sessions::begin_as(conn, now, user.id, &session).await?;
    store::cognito_sessions::insert(conn, session.id, sealed, tokens.expires_at).await?;
    Ok(Some((user, session)))
}

/// New tokens from Cognito for one of its sessions; none where the session is ours alone. One that Cognito has ended ends
/// here too.
pub(super) async fn renew(
    state: &State,
    now: Timestamp,
    session_id: Uuid,
) -> Result<Option<Tokens>, Error> {
    let Some(cognito) = &state.cognito else {
        return Ok(None);
    };
    let sealed = store::cognito_sessions::find(&mut *state.pool.get().await?, session_id).await?;
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let grant = state.tokens.grants.open(session_id, &sealed).ok_or(Error::RefreshRefused)?;
    match cognito.renew(&grant, now).await {
        Ok(tokens) => Ok(Some(tokens)),
        Err(failure) if failure.kind.ends_a_session() => {
            pg::transaction(&state.pool, async |conn| {
                sessions::end_at_provider(conn, now, session_id).await
            })
            .await?;
            Err(Error::RefreshRefused)
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Changes the password of whoever knows it; false where that was wrong.
pub(super) async fn change_password(
    cognito: &Cognito,
    email: &str,
    (current, new): (&SecretString, &SecretString),
    now: Timestamp,
) -> Result<bool, Error> {
    match cognito.change_password(email, current, new, now).await {
        Ok(()) => Ok(true),
        Err(failure) => match failure.into() {
            Error::WrongCredentials => Ok(false),
            error => Err(error),
        },
    }
}

/// Cognito, where it holds the password of this address: of its members, and of those whom we do not know.
pub(super) async fn holder<'s>(
    state: &'s State,
    conn: &mut Connection,
    known: Option<&(User, Option<String>)>,
) -> Result<Option<&'s Cognito>, Error> {
    let is_cognitos = match (&state.cognito, known) {
        (None, _) | (_, Some((_, Some(_)))) => false,
        (_, None) => true,
        (_, Some((user, None))) => store::users::is_cognitos(conn, user.id).await?,
    };
    Ok(state.cognito.as_deref().filter(|_| is_cognitos))
}

/// Makes a member of the owner of an account at Cognito.
async fn register_theirs(conn: &mut Connection, user: User) -> Result<User, Error> {
    register(conn, &user, None).await?;
    store::users::update_cognito_sub(conn, user.id).await?;
    Ok(user)
}

/// As far as an account says who its owner is.
impl From<Profile> for NewMember {
    fn from(profile: Profile) -> Self {
        let Profile { email, name, locale, time_zone, .. } = profile;
        let local_part = || email.split('@').next().unwrap_or_default().to_owned();
        let name = name.unwrap_or_else(local_part).chars().take(100).collect();
        let locale = locale.filter(|tag| tag.len() <= 16 && is_locale(tag));
        let time_zone = time_zone.filter(|name| is_time_zone(name));
        NewMember {
            name,
            email,
            age: None,
            gender: None,
            locale: locale.unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
            time_zone: time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
        }
    }
}
