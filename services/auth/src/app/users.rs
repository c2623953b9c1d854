//! What members and admins change of a member.

use contracts::UserId;
use contracts::events::MemberUpdated;
use jiff::Timestamp;
use pg::Connection;

use super::accounts::as_others_know;
use crate::domain::users::User;
use crate::error::Error;
use crate::store;

/// What a member changes of themselves; what is none stays. Age and gender can also be taken back.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) name: Option<String>,
    pub(crate) age: Option<Option<i32>>,
    pub(crate) gender: Option<Option<String>>,
    pub(crate) locale: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// Changes a member, by their own word.
pub(crate) async fn update_me(
    conn: &mut Connection,
    now: Timestamp,
    id: UserId,
    changes: Changes,
) -> Result<User, Error> {
    let user = store::users::lock(conn, id).await?.ok_or(Error::UserNotFound)?;
    change(conn, now, user, changes).await
}

/// Changes a member whose row is locked, and tells the other services.
pub(super) async fn change(
    conn: &mut Connection,
    now: Timestamp,
    mut user: User,
    changes: Changes,
) -> Result<User, Error> {
    let before = as_others_know(&user);
    user.name = changes.name.unwrap_or(user.name);
    user.age = changes.age.unwrap_or(user.age);
    user.gender = changes.gender.unwrap_or(user.gender);
    user.locale = changes.locale.unwrap_or(user.locale);
    user.time_zone = changes.time_zone.unwrap_or(user.time_zone);
    user.updated_at = now;
    store::users::update(conn, &user).await?;
    let after = as_others_know(&user);
    if after != before {
        events::publish(conn, &MemberUpdated(after)).await?;
    }
    Ok(user)
}
