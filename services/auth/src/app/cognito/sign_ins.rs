//! Signing in at Cognito, and staying signed in.

use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;
use uuid::Uuid;

use super::members::register;
use crate::app::accounts::SignedIn;
use crate::app::login_failures::Account;
use crate::app::sessions;
use crate::domain::sessions::Session;
use crate::domain::users::User;
use crate::error::Error;
use crate::provider::cognito::{Cognito, Profile, Tokens};
use crate::state::State;
use crate::store;

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
        (None, Some(profile)) => register(conn, profile.into_user(tokens.user_id, now)).await?,
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
pub(crate) async fn renew(
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
