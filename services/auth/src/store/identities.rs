//! Rows of `identities`: members' accounts elsewhere.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::schema::identities::dsl;

/// Whose account it is.
pub(crate) async fn find(
    conn: &mut Connection,
    issuer: &str,
    subject: &str,
) -> QueryResult<Option<UserId>> {
    let found: Option<Uuid> = dsl::identities
        .find((issuer, subject))
        .select(dsl::user_id)
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(UserId))
}

/// The account is this member's from now on. Two rounds of one person may say so at once.
pub(crate) async fn insert(
    conn: &mut Connection,
    issuer: &str,
    subject: &str,
    user_id: UserId,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(dsl::identities)
        .values((
            dsl::issuer.eq(issuer),
            dsl::subject.eq(subject),
            dsl::user_id.eq(user_id.0),
            dsl::created_at.eq(now.to_diesel()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}
