//! `idempotency_keys`: what the catalog keeps of a member (an admin who wrote here).

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::schema::idempotency_keys::dsl;

/// Forgets the answers that were kept for a member.
pub(crate) async fn delete(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    diesel::delete(dsl::idempotency_keys.filter(dsl::user_id.eq(user_id.0)))
        .execute(conn)
        .await
        .map(drop)
}
