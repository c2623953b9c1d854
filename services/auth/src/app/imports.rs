//! Taking in members of another system.

use std::collections::HashSet;

use contracts::events::MemberRegistered;
use jiff::Timestamp;
use pg::Connection;

use super::accounts::as_others_know;
use crate::domain::audit::{Action, Actor};
use crate::domain::imports::Newcomer;
use crate::domain::roles::MEMBER;
use crate::domain::users::User;
use crate::error::Error;
use crate::store;

/// Takes in those whose address is not a member's already, and tells the other services. Says how many there were: to do it
/// again takes in nobody.
pub(crate) async fn add(
    conn: &mut Connection,
    now: Timestamp,
    newcomers: &[Newcomer],
) -> Result<usize, Error> {
    let added: HashSet<_> = store::users::insert_all(conn, newcomers).await?.into_iter().collect();
    let users = newcomers.iter().map(|newcomer| &newcomer.user);
    let added: Vec<&User> = users.filter(|user| added.contains(&user.id)).collect();
    let events: Vec<_> = added.iter().map(|user| MemberRegistered(as_others_know(user))).collect();
    events::publish_all(conn, &events).await?;
    let deeds: Vec<_> = added.iter().flat_map(|user| deeds(user)).collect();
    store::audit_log::insert_all(conn, now, Actor::Operator, &deeds).await?;
    Ok(added.len())
}

fn deeds(user: &User) -> impl Iterator<Item = (Action<'_>, contracts::UserId)> {
    let granted = user.roles.iter().filter(|role| *role != MEMBER);
    let granted = granted.map(|role| Action::RoleGranted { role });
    std::iter::once(Action::MemberImported).chain(granted).map(|action| (action, user.id))
}
