//! The end of a member, once and for good: [`Consumer::on_erasure`](crate::Consumer::on_erasure) erases them, keeps for a
//! day that they were erased, and tells auth. Until then an access token of theirs may still live and words of other
//! services be on their way, and neither may bring anything back. It bears to be asked again.
//!
//! The table `erasures` is part of each service's migrations.

use contracts::UserId;
use contracts::events::MemberErasureDone;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;
use member_data::Table;
use pg::Connection;

use schema::erasures::dsl;

/// By then every access token of an erased member has long expired.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

mod schema {
    diesel::table! {
        erasures (user_id) {
            user_id -> Uuid,
            erased_at -> Timestamptz,
        }
    }
}

/// Holds a member until the transaction ends, by their id: there may be no row of them yet. An erasure takes this before
/// all else; whoever holds it holds no row of the member already. False for a member who was erased.
pub async fn hold(conn: &mut Connection, user_id: UserId) -> QueryResult<bool> {
    lock(conn, user_id).await?;
    Ok(!exists_for(conn, user_id).await?)
}

/// Whether a member was erased in the last day.
pub async fn exists_for(conn: &mut Connection, user_id: UserId) -> QueryResult<bool> {
    diesel::select(exists(dsl::erasures.find(user_id.0))).get_result(conn).await
}

/// Blanks what was told of an erased member in the log: nobody needs it after `member.erased`, and until it is seven days old
/// it would say how they were called and how they felt. Without a `member.erased` of theirs it does nothing.
pub async fn forget_told(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    sql_query("select events.forget($1)")
        .bind::<SqlUuid, _>(user_id.0)
        .execute(conn)
        .await
        .map(drop)
}

/// What [`Consumer::on_erasure`](crate::Consumer::on_erasure) does.
pub(crate) async fn erase(
    conn: &mut Connection,
    now: Timestamp,
    service: &str,
    tables: &[Table],
    user_id: UserId,
) -> QueryResult<()> {
    lock(conn, user_id).await?;
    let tables = member_data::erase(conn, tables, user_id).await?;
    upsert(conn, user_id, now).await?;
    // Behind the lock: whoever was at work for the member has told what they had to tell.
    forget_told(conn, user_id).await?;
    let done = MemberErasureDone { user_id, service: service.to_owned(), tables };
    crate::publish(conn, &done).await
}

async fn lock(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    enum Locking {}
    let lock = sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/erasures/' || $1, 0))",
    )
    .bind::<Text, _>(user_id.to_string());
    pg::fixed::<Locking, _>(lock).execute(conn).await.map(drop)
}

/// Keeps that a member was erased, for a day from the last time it was asked; forgets those of whom it need not be kept
/// any more.
async fn upsert(conn: &mut Connection, user_id: UserId, now: Timestamp) -> QueryResult<()> {
    let kept_since = (now - KEPT_FOR).to_diesel();
    diesel::delete(dsl::erasures.filter(dsl::erased_at.lt(kept_since))).execute(conn).await?;
    diesel::insert_into(dsl::erasures)
        .values((dsl::user_id.eq(user_id.0), dsl::erased_at.eq(now.to_diesel())))
        .on_conflict(dsl::user_id)
        .do_update()
        .set(dsl::erased_at.eq(now.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}
