//! Rows of `sign_in_codes`.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::schema::sign_in_codes::dsl;

/// A new code for a member.
pub(crate) async fn insert(
    conn: &mut Connection,
    code: &[u8],
    user_id: UserId,
    challenge: &str,
    expires_at: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(dsl::sign_in_codes)
        .values((
            dsl::code.eq(code),
            dsl::user_id.eq(user_id.0),
            dsl::challenge.eq(challenge),
            dsl::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Takes a code: whose it is, and the challenge that goes with it. It is gone then.
pub(crate) async fn take(
    conn: &mut Connection,
    code: &[u8],
    now: Timestamp,
) -> QueryResult<Option<(UserId, String)>> {
    let taken: Option<(Uuid, String, jiff_diesel::Timestamp)> =
        diesel::delete(dsl::sign_in_codes.find(code))
            .returning((dsl::user_id, dsl::challenge, dsl::expires_at))
            .get_result(conn)
            .await
            .optional()?;
    let good = taken.filter(|(.., expires_at)| Timestamp::from(*expires_at) > now);
    Ok(good.map(|(user_id, challenge, _)| (UserId(user_id), challenge)))
}
