//! Rows of `erasure_receipts`: who may look at what became of an account.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::erasures::Claim;
use crate::schema::erasure_receipts::dsl;

/// A way to the receipt of a member's erasure.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    claim: &Claim,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(dsl::erasure_receipts)
        .values((
            dsl::id.eq(claim.id),
            dsl::user_id.eq(user_id.0),
            dsl::token_hash.eq(Claim::hash(&claim.token)),
            dsl::requested_at.eq(now.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Whose erasure this is, and since when it was wanted, for who has the token.
pub(crate) async fn find(
    conn: &mut Connection,
    id: Uuid,
    token: &str,
) -> QueryResult<Option<(UserId, Timestamp)>> {
    let row: Option<(Uuid, jiff_diesel::Timestamp)> = dsl::erasure_receipts
        .find(id)
        .filter(dsl::token_hash.eq(Claim::hash(token)))
        .select((dsl::user_id, dsl::requested_at))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(user_id, at)| (UserId(user_id), at.to_jiff())))
}
