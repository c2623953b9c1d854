//! Proving that an address is one's own, by a token that came by mail.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;

use super::{mails, quotas};
use crate::domain::audit::{Action, Actor};
use crate::domain::mail_tokens::{MailToken, Purpose};
use crate::domain::quotas::VERIFICATIONS;
use crate::error::Error;
use crate::store;

/// Asks for another letter.
pub(crate) async fn ask(conn: &mut Connection, now: Timestamp, id: UserId) -> Result<(), Error> {
    let user = store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?;
    if user.email_verified_at.is_some() {
        return Err(Error::EmailVerified);
    }
    quotas::take(conn, now, &VERIFICATIONS, id.0.as_bytes()).await?;
    mails::ask(conn, now, Purpose::EmailVerification, Some(id)).await
}

/// Takes the token for a proof.
pub(crate) async fn verify(
    conn: &mut Connection,
    now: Timestamp,
    token: MailToken,
) -> Result<(), Error> {
    let refused = || Error::MailTokenRefused;
    let user_id = store::mail_tokens::find(conn, token, now).await?.ok_or_else(refused)?;
    // In the order of every change of a member: their row first.
    store::users::lock(conn, user_id).await?.ok_or_else(refused)?;
    store::mail_tokens::take(conn, token, now).await?.ok_or_else(refused)?;
    store::users::update_email_verified(conn, user_id, now).await?;
    let (actor, action) = (Actor::Member(user_id), Action::EmailVerified);
    store::audit_log::insert(conn, now, actor, action, user_id).await?;
    Ok(())
}
