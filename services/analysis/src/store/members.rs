//! `members`: what auth told us of them.

use contracts::UserId;
use contracts::events::Member;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::schema::members::dsl;

/// Locale and time zone of a member; none before the first event of that member has come.
pub(crate) async fn find(
    conn: &mut Connection,
    user_id: UserId,
) -> QueryResult<Option<(String, String)>> {
    dsl::members.find(user_id.0).select((dsl::locale, dsl::time_zone)).first(conn).await.optional()
}

/// Keeps what auth told last.
pub(crate) async fn upsert(conn: &mut Connection, member: &Member) -> QueryResult<()> {
    let told = (dsl::locale.eq(&member.locale), dsl::time_zone.eq(&member.time_zone));
    diesel::insert_into(dsl::members)
        .values((dsl::user_id.eq(member.user_id.0), told))
        .on_conflict(dsl::user_id)
        .do_update()
        .set(told)
        .execute(conn)
        .await
        .map(drop)
}

/// Holds the member for this transaction: writes of one member come one after the other, so that a result knows the one
/// before, and their events leave in their order. Not by the row, which may not have come yet.
pub(crate) async fn lock(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('analysis/' || $1, 0))")
        .bind::<Text, _>(user_id.to_string())
        .execute(conn)
        .await
        .map(drop)
}
