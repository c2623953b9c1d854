//! Rows of `social_returns`: rounds that have come back from a provider.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::schema::social_returns::dsl;

/// A round comes back; false when it did already.
pub(crate) async fn insert(
    conn: &mut Connection,
    state: &[u8],
    until: Timestamp,
) -> QueryResult<bool> {
    let insert = diesel::insert_into(dsl::social_returns)
        .values((dsl::state.eq(state), dsl::until.eq(until.to_diesel())))
        .on_conflict_do_nothing();
    Ok(insert.execute(conn).await? == 1)
}
