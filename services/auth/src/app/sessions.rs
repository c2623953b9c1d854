//! Staying signed in, and ending it.

use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use pg::{Connection, Pool};
use uuid::Uuid;

use super::accounts::SignedIn;
use super::{cognito, quotas};
use crate::config::{REFRESH_TOKEN_LIFETIME, REVOCATION_LIFETIME};
use crate::domain::audit::{Action, Actor};
use crate::domain::cognito_sessions::{Ending, LONGEST_ACCESS};
use crate::domain::erasures::RECEIPT_LIFETIME;
use crate::domain::passwords::FAILURE_WINDOW;
use crate::domain::quotas::REFRESHES;
use crate::domain::sessions::{MOST, Refresh, RefreshToken, Session};
use crate::domain::users::User;
use crate::error::Error;
use crate::state::State;
use crate::store;
use crate::store::expired::delete_before;

/// Begins a session of a member whose row the transaction has written, so that their sign-ins come one by one. Those that
/// were idle for longest end where there are too many.
pub(super) async fn begin(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    device: Option<String>,
) -> Result<Session, Error> {
    let session = Session::begin(device, now);
    begin_as(conn, now, user_id, &session).await?;
    Ok(session)
}

/// The same, with a session that is given.
pub(super) async fn begin_as(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    session: &Session,
) -> Result<(), Error> {
    let ended = store::sessions::delete_idlest(conn, user_id, MOST - 1).await?;
    revoke(conn, &ended, "too many sessions", now).await?;
    Ok(store::sessions::insert(conn, user_id, session).await?)
}

/// Exchanges a refresh token for its successor. Parallel exchanges of one token find the same successor; a replay ends the
/// family, and that is committed although the answer is a refusal. Where the session is Cognito's too, Cognito comes first:
/// while it is away nothing has changed.
pub(crate) async fn refresh(
    state: &State,
    now: Timestamp,
    token: RefreshToken,
) -> Result<SignedIn, Error> {
    let theirs = cognito::renew(state, now, token.session_id).await?;
    let refreshed = pg::transaction(&state.pool, async |conn| {
        if let Some(tokens) = &theirs {
            let until = tokens.expires_at;
            store::cognito_sessions::update_access_until(conn, token.session_id, until).await?;
        }
        rotate(conn, now, token).await
    });
    let (user, session) = refreshed.await?.ok_or(Error::RefreshRefused)?;
    Ok(SignedIn { user, session, theirs })
}

async fn rotate(
    conn: &mut Connection,
    now: Timestamp,
    token: RefreshToken,
) -> Result<Option<(User, Session)>, Error> {
    let Some((user_id, mut session)) = store::sessions::lock(conn, token.session_id).await? else {
        return Ok(None);
    };
    match session.refresh(token.generation, now) {
        Refresh::Rotate => {
            session.generation += 1;
            session.rotated_at = now;
            session.expires_at = now + REFRESH_TOKEN_LIFETIME;
            let Session { id, generation, expires_at, .. } = session;
            store::sessions::update_generation(conn, id, generation, now, expires_at).await?;
        }
        Refresh::Repeat => {}
        Refresh::Replayed => {
            tracing::warn!(session_id = %session.id, "a refresh token was replayed; its family ends");
            end(conn, user_id, session.id, "replay", now).await?;
            let (actor, action) =
                (Actor::Rule("replay"), Action::SessionReplayed { session_id: session.id });
            store::audit_log::insert(conn, now, actor, action, user_id).await?;
            return Ok(None);
        }
        Refresh::Expired => return Ok(None),
    }
    // Who asks too often gets nothing, and nothing has happened.
    quotas::take(conn, now, &REFRESHES, session.id.as_bytes()).await?;
    let user = store::users::find(conn, user_id).await?;
    Ok(user.map(|user| (user, session)))
}

/// Signs a member out: here, or everywhere.
pub(crate) async fn log_out(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    session_id: Option<Uuid>,
    everywhere: bool,
) -> Result<(), Error> {
    match session_id {
        Some(id) if !everywhere => drop(end(conn, user_id, id, "logout", now).await?),
        _ => {
            store::cognito_sessions::update_ending(conn, user_id, Ending::Everywhere, now).await?;
            end_others(conn, user_id, None, "logout everywhere", now).await?;
        }
    }
    // A token that Cognito did not issue through us names a session that is not among ours.
    let until = now + LONGEST_ACCESS;
    Ok(store::revocations::insert(conn, session_id.as_slice(), "logout", now, until).await?)
}

/// Ends a session that the provider of its member has ended.
pub(super) async fn end_at_provider(
    conn: &mut Connection,
    now: Timestamp,
    session_id: Uuid,
) -> Result<(), Error> {
    if let Some((user_id, _)) = store::sessions::lock(conn, session_id).await? {
        end(conn, user_id, session_id, "ended by the provider", now).await?;
    }
    Ok(())
}

/// Ends one of the member's own sessions.
pub(crate) async fn end_session(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    session_id: Uuid,
) -> Result<(), Error> {
    if end(conn, user_id, session_id, "ended by the member", now).await? {
        Ok(())
    } else {
        Err(Error::SessionNotFound)
    }
}

/// Ends all sessions of a member but one, and refuses their access tokens from now on.
pub(crate) async fn end_others(
    conn: &mut Connection,
    user_id: UserId,
    but: Option<Uuid>,
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let ended = store::sessions::delete_others(conn, user_id, but).await?;
    revoke(conn, &ended, reason, now).await
}

async fn end(
    conn: &mut Connection,
    user_id: UserId,
    session_id: Uuid,
    reason: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let ended = store::sessions::delete(conn, user_id, session_id).await?;
    if ended {
        revoke(conn, &[session_id], reason, now).await?;
    }
    Ok(ended)
}

/// Refuses the access tokens of sessions that have ended, and sees to it that Cognito is told of its own.
async fn revoke(
    conn: &mut Connection,
    ended: &[Uuid],
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    if !ended.is_empty() {
        let until = now + REVOCATION_LIFETIME;
        for (id, access_until) in store::cognito_sessions::end(conn, ended, now).await? {
            let until = until.max(access_until);
            store::revocations::insert(conn, &[id], reason, now, until).await?;
        }
        store::revocations::insert(conn, ended, reason, now, until).await?;
    }
    Ok(())
}

/// Forgets what has run out, every ten minutes, for as long as it is polled.
pub(crate) async fn sweep(state: State) {
    loop {
        if let Err(error) = sweep_once(&state.pool, state.clock.now()).await {
            tracing::warn!(%error, "what has run out was not swept");
        }
        tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    }
}

async fn sweep_once(pool: &Pool, now: Timestamp) -> Result<(), Error> {
    let mut conn = pool.get().await?;
    delete_before(&mut conn, "sessions", "expires_at", now).await?;
    delete_before(&mut conn, "revocations", "until", now).await?;
    delete_before(&mut conn, "social_returns", "until", now).await?;
    delete_before(&mut conn, "sign_in_codes", "expires_at", now).await?;
    let idle = now - REFRESH_TOKEN_LIFETIME;
    delete_before(&mut conn, "cognito_sessions", "access_until", idle).await?;
    delete_before(&mut conn, "login_failures", "since", now - FAILURE_WINDOW).await?;
    store::erasures::delete_before(&mut conn, now - RECEIPT_LIFETIME).await?;
    delete_before(&mut conn, "quotas", "until", now).await?;
    // Later than they run out: that is for the outbox to see, and to say where nobody got the letter.
    delete_before(&mut conn, "mail_tokens", "expires_at", now - SignedDuration::from_hours(1))
        .await?;
    Ok(())
}
