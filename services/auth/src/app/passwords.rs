//! A new password for who knows the old one.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;
use uuid::Uuid;

use super::proofs::{By, Proof};
use super::sessions::end_others;
use crate::domain::audit::{Action, Actor};
use crate::domain::mail_tokens::Purpose;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A change of password of which all that takes long is done.
pub(crate) struct PasswordChange {
    pub(crate) proof: Proof,
    /// Of the new one; none where it is not ours to keep.
    hash: Option<String>,
}

/// Compares and hashes, or has Cognito do it, outside any transaction.
pub(crate) async fn prepare_change(
    state: &State,
    now: Timestamp,
    who: (UserId, Option<Uuid>),
    current: &SecretString,
    new: &SecretString,
) -> Result<PasswordChange, Error> {
    let proof = Proof::of(state, now, who, Some(current)).await?;
    let hash = match &proof.by {
        By::Password { is_right: true, .. } => Some(state.passwords.hash(new).await?),
        By::Cognito(Some(proven)) => {
            proven.change_password(current, new).await?;
            None
        }
        By::Password { is_right: false, .. } | By::Cognito(None) | By::SignIn { .. } => None,
    };
    Ok(PasswordChange { proof, hash })
}

/// Changes a password and ends the member's other sessions. As at a sign-in, an account that was tried too often is
/// answered like a wrong password; so is one that has none.
pub(crate) async fn change(
    conn: &mut Connection,
    now: Timestamp,
    session_id: Option<Uuid>,
    PasswordChange { proof, hash }: &PasswordChange,
) -> Result<(), Error> {
    let id = proof.user_id;
    store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?;
    match (&proof.by, proof.hold(conn, now).await) {
        (By::SignIn { .. }, _) | (_, Err(Error::NotProven)) => return Err(Error::WrongPassword),
        (_, held) => held?,
    }
    proof.account.forget(conn).await?;
    if let Some(hash) = hash {
        store::users::update_password(conn, id, hash, now).await?;
    }
    store::audit_log::insert(conn, now, Actor::Member(id), Action::PasswordChanged, id).await?;
    store::mail_tokens::delete_of(conn, id, Purpose::PasswordReset).await?;
    end_others(conn, id, session_id, "password changed", now).await
}
