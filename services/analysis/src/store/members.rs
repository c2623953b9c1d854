//! `members`: what auth told us of them.

use contracts::UserId;
use contracts::events::Member;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::schema::members::dsl;

/// Locale and time zone of a member; none before the first event of that member has come.
pub(crate) async fn find(
    mut conn: &Connection,
    user_id: UserId,
) -> QueryResult<Option<(String, String)>> {
    dsl::members
        .find(user_id.0)
        .select((dsl::locale, dsl::time_zone))
        .first(&mut conn)
        .await
        .optional()
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
