//! What admins make of members.

use contracts::UserId;
use contracts::events::MemberRegistered;
use jiff::Timestamp;
use pg::Connection;
use uuid::Uuid;

use super::accounts::as_others_know;
use super::users::{Changes, change};
use super::{erasures, roles};
use crate::domain::audit::{Action, Actor};
use crate::domain::roles::MEMBER;
use crate::domain::users::User;
use crate::error::Error;
use crate::store;

/// A member as an admin wants them to be.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) age: Option<i32>,
    pub(crate) gender: Option<String>,
    pub(crate) locale: String,
    pub(crate) time_zone: String,
    pub(crate) roles: Vec<String>,
}

/// Makes a member, who has no password until they ask for another.
pub(crate) async fn create(
    conn: &mut Connection,
    now: Timestamp,
    admin: UserId,
    email: String,
    draft: Draft,
) -> Result<User, Error> {
    let Draft { name, age, gender, locale, time_zone, roles } = draft;
    let user = User {
        id: UserId(Uuid::now_v7()),
        email,
        name,
        age,
        gender,
        roles: vec![MEMBER.to_owned()],
        locale,
        time_zone,
        created_at: now,
        updated_at: now,
        last_login_at: None,
        email_verified_at: None,
    };
    store::users::insert(conn, &user, None).await?;
    let actor = Actor::Member(admin);
    store::audit_log::insert(conn, now, actor, Action::MemberCreated, user.id).await?;
    events::publish(conn, &MemberRegistered(as_others_know(&user))).await?;
    roles::replace(conn, now, admin, &user, &roles).await?;
    Ok(User { roles, ..user })
}

/// Changes a member, whose row is locked, into what the admin wants.
pub(crate) async fn replace(
    conn: &mut Connection,
    now: Timestamp,
    admin: UserId,
    user: User,
    draft: Draft,
) -> Result<User, Error> {
    let Draft { name, age, gender, locale, time_zone, roles } = draft;
    roles::replace(conn, now, admin, &user, &roles).await?;
    let changes = Changes {
        name: Some(name),
        age: Some(age),
        gender: Some(gender),
        locale: Some(locale),
        time_zone: Some(time_zone),
    };
    let user = change(conn, now, user, changes).await?;
    store::audit_log::insert(conn, now, Actor::Member(admin), Action::MemberChanged, user.id)
        .await?;
    Ok(User { roles, ..user })
}

/// Erases a member, here and in every service.
pub(crate) async fn delete(
    conn: &mut Connection,
    now: Timestamp,
    admin: UserId,
    id: UserId,
) -> Result<(), Error> {
    erasures::erase(conn, now, Actor::Member(admin), id).await.map(drop)
}
