//! Erasing a member, here and in every service, and what can be seen of it afterwards.

use contracts::UserId;
use contracts::events::{MemberErased, MemberErasureDone};
use jiff::Timestamp;
use pg::Connection;

use super::login_failures::Account;
use super::proofs::{By, Proof};
use super::roles;
use super::sessions::end_others;
use crate::domain::audit::{Action, Actor};
use crate::domain::cognito_sessions::Ending;
use crate::domain::erasures::{COGNITO, Claim, Erasure};
use crate::error::Error;
use crate::store;
use crate::store::member_data::TABLES;

/// Erases a member by their own word. An account of theirs at Cognito is deleted by the session that has proved it.
pub(crate) async fn erase_me(
    conn: &mut Connection,
    now: Timestamp,
    proof: &Proof,
) -> Result<Claim, Error> {
    proof.hold(conn, now).await?;
    if let By::Cognito(Some(proven)) = &proof.by {
        proven.entrust(conn, now, Ending::Erased).await?;
    }
    erase(conn, now, Actor::Member(proof.user_id), proof.user_id).await
}

/// Erases a member and asks the other services to do the same: each that reads `member.erased` has to confirm it, and is
/// asked until it does (`unconfirmed`). Whoever has the claim can watch.
pub(crate) async fn erase(
    conn: &mut Connection,
    now: Timestamp,
    actor: Actor<'_>,
    user_id: UserId,
) -> Result<Claim, Error> {
    let user = store::users::lock(conn, user_id).await?.ok_or(Error::UserNotFound)?;
    roles::spare_the_last_admin(conn, &user).await?;
    store::cognito_sessions::update_ending(conn, user_id, Ending::Erased, now).await?;
    end_others(conn, user_id, None, "erased", now).await?;
    Account::of(&user.email).forget(conn).await?;
    let mut holders = events::readers_of::<MemberErased>(conn).await?;
    holders.push(crate::NAME.to_owned());
    if store::users::is_cognitos(conn, user_id).await? {
        holders.push(COGNITO.to_owned());
    }
    let tables = member_data::erase(conn, TABLES, user_id).await?;
    store::erasures::delete_answers(conn, user_id).await?;

    store::erasures::insert(conn, user_id, &holders, now).await?;
    store::erasures::update_done(conn, user_id, crate::NAME, &tables, now).await?;
    let claim = Claim::new().map_err(Error::internal)?;
    store::erasure_receipts::insert(conn, user_id, &claim, now).await?;
    store::audit_log::insert(conn, now, actor, Action::MemberErased, user_id).await?;
    events::publish(conn, &MemberErased { user_id }).await?;
    events::erasures::forget_told(conn, user_id).await?;
    Ok(claim)
}

/// Notes that a service has erased a member.
pub(crate) async fn confirm(
    conn: &mut Connection,
    now: Timestamp,
    done: MemberErasureDone,
) -> Result<(), Error> {
    let MemberErasureDone { user_id, service, tables } = done;
    store::erasures::update_done(conn, user_id, &service, &tables, now).await?;
    Ok(())
}

/// Notes that Cognito has deleted an erased member's account.
pub(crate) async fn confirm_at_cognito(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<(), Error> {
    let account = ["account".to_owned()];
    store::erasures::update_done(conn, user_id, COGNITO, &account, now).await?;
    Ok(())
}

/// The same, by the word of an operator, who has deleted it there.
pub(crate) async fn confirm_by_hand(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<(), Error> {
    let parts = store::erasures::list(conn, user_id).await?;
    if !parts.iter().any(|part| part.service == COGNITO && part.done_at.is_none()) {
        return Err(Error::ErasureNotFound);
    }
    confirm_at_cognito(conn, now, user_id).await?;
    let action = Action::ErasedAtCognito;
    Ok(store::audit_log::insert(conn, now, Actor::Operator, action, user_id).await?)
}

/// What has become of an account, for who has the claim.
pub(crate) async fn find(conn: &mut Connection, claim: Claim) -> Result<Erasure, Error> {
    let Claim { id, token } = claim;
    let found = store::erasure_receipts::find(conn, id, &token).await?;
    let (user_id, requested_at) = found.ok_or(Error::ErasureNotFound)?;
    let parts = store::erasures::list(conn, user_id).await?;
    Ok(Erasure { id, user_id, requested_at, parts })
}
