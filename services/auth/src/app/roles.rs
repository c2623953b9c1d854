//! Who becomes what, and by whose word: an admin's, an operator's, or by the rule that opens a role to its takers.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;

use crate::domain::audit::{Action, Actor};
use crate::domain::roles::{ADMIN, Role, beyond};
use crate::domain::users::User;
use crate::error::Error;
use crate::store;

/// Gives a role, by an operator's word. The member's next token carries it.
pub(crate) async fn grant(
    conn: &mut Connection,
    now: Timestamp,
    email: &str,
    role: &str,
) -> Result<User, Error> {
    let (user, _) = store::users::find_by_email(conn, email).await?.ok_or(Error::UserNotFound)?;
    let user = store::users::lock(conn, user.id).await?.ok_or(Error::UserNotFound)?;
    let role = find(conn, role).await?;
    if user.roles.contains(&role.name) {
        return Ok(user);
    }
    add(conn, now, Actor::Operator, Action::RoleGranted { role: &role.name }, user, &role).await
}

/// Takes a role that is open to the member. Their next token carries it.
pub(crate) async fn take(
    conn: &mut Connection,
    now: Timestamp,
    id: UserId,
    role: &str,
) -> Result<User, Error> {
    let user = store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?;
    let role = find(conn, role).await?;
    if user.roles.contains(&role.name) {
        return Ok(user);
    }
    if !role.is_open_to(&user.roles) {
        return Err(Error::RoleNotOpen);
    }
    add(conn, now, Actor::Member(id), Action::RoleTaken { role: &role.name }, user, &role).await
}

/// Gives a member whose row is locked these roles and no others.
pub(super) async fn replace(
    conn: &mut Connection,
    now: Timestamp,
    admin: UserId,
    user: &User,
    roles: &[String],
) -> Result<(), Error> {
    let (granted, revoked) = (beyond(roles, &user.roles), beyond(&user.roles, roles));
    require_known(conn, roles).await?;
    if revoked.contains(&ADMIN) {
        spare_the_last_admin(conn, user).await?;
    }
    store::users::update_roles(conn, user.id, roles, now).await?;
    let granted = granted.into_iter().map(|role| (Action::RoleGranted { role }, user.id));
    let revoked = revoked.into_iter().map(|role| (Action::RoleRevoked { role }, user.id));
    let deeds: Vec<_> = granted.chain(revoked).collect();
    Ok(store::audit_log::insert_all(conn, now, Actor::Member(admin), &deeds).await?)
}

/// Refuses to go on where this member is the last admin. Two who remove each other do so one after the other.
pub(super) async fn spare_the_last_admin(conn: &mut Connection, user: &User) -> Result<(), Error> {
    if !user.roles.iter().any(|role| role == ADMIN) {
        return Ok(());
    }
    store::roles::lock_holders(conn, ADMIN).await?;
    match store::roles::is_held_by_another(conn, ADMIN, user.id).await? {
        true => Ok(()),
        false => Err(Error::LastAdmin),
    }
}

/// Refuses names that no role has, each by its place.
async fn require_known(conn: &mut Connection, names: &[String]) -> Result<(), Error> {
    let roles = store::roles::list(conn).await?;
    let is_known = |name: &str| roles.iter().any(|role| role.name == name);
    let unknown = names.iter().enumerate().filter(|(_, name)| !is_known(name));
    let unknown: Vec<_> = unknown.map(|(place, _)| place).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(Error::UnknownRoles(unknown)),
    }
}

async fn find(conn: &mut Connection, name: &str) -> Result<Role, Error> {
    let roles = store::roles::list(conn).await?;
    roles.into_iter().find(|role| role.name == name).ok_or(Error::UnknownRole)
}

async fn add(
    conn: &mut Connection,
    now: Timestamp,
    actor: Actor<'_>,
    action: Action<'_>,
    mut user: User,
    role: &Role,
) -> Result<User, Error> {
    user.roles.push(role.name.clone());
    user.updated_at = now;
    store::users::update_roles(conn, user.id, &user.roles, now).await?;
    store::audit_log::insert(conn, now, actor, action, user.id).await?;
    Ok(user)
}
