//! Choosing a new password without the old one, by a token that came by mail.

use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;

use super::login_failures::Account;
use super::sessions::end_others;
use super::{cognito, mails, quotas};
use crate::domain::audit::{Action, Actor};
use crate::domain::mail_tokens::{MailToken, Purpose};
use crate::domain::quotas::{RESETS_ASKED, RESETS_OF_ACCOUNT};
use crate::domain::users::User;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// Asks for the letter, if the address is a member's, or may be known to Cognito. Whether it is cannot be told from the
/// answer or its time: the same is written in either case, and nobody waits for Cognito. More letters than an account may
/// get are not sent; the last one stays good.
pub(crate) async fn ask(
    state: &State,
    now: Timestamp,
    email: &str,
    client: &[u8],
) -> Result<(), Error> {
    // As it is looked up in all places.
    let lower = email.to_lowercase();
    let asked = pg::transaction(&state.pool, async |conn| {
        quotas::take(conn, now, &RESETS_ASKED, client).await?;
        match quotas::take(conn, now, &RESETS_OF_ACCOUNT, lower.as_bytes()).await {
            Err(Error::QuotaSpent(_)) => return Ok(None),
            taken => taken?,
        }
        let keeper = store::users::find_keeper(conn, &lower).await?;
        let ours = keeper.as_ref().filter(|keeper| !keeper.is_cognito).map(|keeper| keeper.id);
        mails::ask(conn, now, Purpose::PasswordReset, ours).await?;
        Ok::<_, Error>(ours.is_none().then(|| keeper.map_or(email.to_owned(), |known| known.email)))
    })
    .await?;
    if let (Some(cognito), Some(email)) = (&state.cognito, asked) {
        cognito::send_reset_code(cognito, email);
    }
    Ok(())
}

/// Sets a new password, which takes the token, and ends all sessions. That the letter was read proves the address, too.
pub(crate) async fn reset(
    state: &State,
    now: Timestamp,
    token: MailToken,
    new: &SecretString,
) -> Result<(), Error> {
    // Before the hash, which is dear; and after it, outside any transaction.
    let user_id = {
        let mut conn = state.pool.get().await?;
        store::mail_tokens::find(&mut conn, token, now).await?.ok_or(Error::MailTokenRefused)?
    };
    let hash = state.passwords.hash(new).await?;
    pg::transaction(&state.pool, async |conn| {
        // In the order of every change of a member: their row first.
        let user = store::users::lock(conn, user_id).await?.ok_or(Error::MailTokenRefused)?;
        store::mail_tokens::take(conn, token, now).await?.ok_or(Error::MailTokenRefused)?;
        store::users::update_password(conn, user_id, &hash, now).await?;
        finish(conn, now, &user).await
    })
    .await
}

/// What follows from a new password that a letter has brought.
pub(super) async fn finish(
    conn: &mut Connection,
    now: Timestamp,
    user: &User,
) -> Result<(), Error> {
    store::users::update_email_verified(conn, user.id, now).await?;
    store::mail_tokens::delete_of(conn, user.id, Purpose::EmailVerification).await?;
    Account::of(&user.email).forget(conn).await?;
    let actor = Actor::Member(user.id);
    store::audit_log::insert(conn, now, actor, Action::PasswordReset, user.id).await?;
    end_others(conn, user.id, None, "password reset", now).await
}
