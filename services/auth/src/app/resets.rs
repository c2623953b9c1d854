//! Choosing a new password without the old one, by a token that came by mail.

use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;

use super::login_failures::Account;
use super::sessions::end_others;
use super::{mails, quotas};
use crate::domain::audit::{Action, Actor};
use crate::domain::mail_tokens::{MailToken, Purpose};
use crate::domain::quotas::{RESETS_ASKED, RESETS_OF_ACCOUNT};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// Asks for the letter, if the address is a member's. Whether it is cannot be told from the answer or its time: the same
/// is written in either case. More letters than an account may get are not sent; the last one stays good.
pub(crate) async fn ask(
    conn: &mut Connection,
    now: Timestamp,
    email: &str,
    client: &[u8],
) -> Result<(), Error> {
    quotas::take(conn, now, &RESETS_ASKED, client).await?;
    // As it is looked up in all places.
    let email = email.to_lowercase();
    match quotas::take(conn, now, &RESETS_OF_ACCOUNT, email.as_bytes()).await {
        Err(Error::QuotaSpent(_)) => return Ok(()),
        taken => taken?,
    }
    let member = store::users::find_own_by_email(conn, &email).await?;
    mails::ask(conn, now, Purpose::PasswordReset, member).await
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
        store::users::update_email_verified(conn, user_id, now).await?;
        store::mail_tokens::delete_of(conn, user_id, Purpose::EmailVerification).await?;
        Account::of(&user.email).forget(conn).await?;
        let actor = Actor::Member(user_id);
        store::audit_log::insert(conn, now, actor, Action::PasswordReset, user_id).await?;
        end_others(conn, user_id, None, "password reset", now).await
    })
    .await
}
