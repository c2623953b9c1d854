//! The end of a member, once and for good: [`Consumer::on_erasure`](crate::Consumer::on_erasure) forgets them, keeps for a
//! day that they were erased, and tells auth. Until then an access token of theirs may still live and words of other
//! services be on their way, and neither may bring anything back.
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

/// Deletes a member's rows of these tables of the service's own, in this order, by their column `user_id`.
pub async fn delete_from(
    conn: &mut Connection,
    tables: &[&'static str],
    user_id: UserId,
) -> QueryResult<()> {
    for table in tables {
        let delete = format!("DELETE FROM {table} WHERE user_id = $1");
        sql_query(delete).bind::<SqlUuid, _>(user_id.0).execute(conn).await?;
    }
    Ok(())
}

/// What [`Consumer::on_erasure`](crate::Consumer::on_erasure) does around the service's own `forget`.
pub(crate) async fn erase<X: From<diesel::result::Error>>(
    conn: &mut Connection,
    now: Timestamp,
    service: &str,
    user_id: UserId,
    forget: &impl AsyncFn(&mut Connection, UserId) -> Result<(), X>,
) -> Result<(), X> {
    lock(conn, user_id).await?;
    forget(conn, user_id).await?;
    insert(conn, user_id, now).await?;
    let done = MemberErasureDone { user_id, service: service.to_owned() };
    Ok(crate::publish(conn, &done).await?)
}

async fn lock(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    enum Locking {}
    let lock = sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/erasures/' || $1, 0))",
    )
    .bind::<Text, _>(user_id.to_string());
    pg::fixed::<Locking, _>(lock).execute(conn).await.map(drop)
}

/// Keeps that a member was erased, and forgets those of whom it need not be kept any more.
async fn insert(conn: &mut Connection, user_id: UserId, now: Timestamp) -> QueryResult<()> {
    let kept_since = (now - KEPT_FOR).to_diesel();
    diesel::delete(dsl::erasures.filter(dsl::erased_at.lt(kept_since))).execute(conn).await?;
    diesel::insert_into(dsl::erasures)
        .values((dsl::user_id.eq(user_id.0), dsl::erased_at.eq(now.to_diesel())))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}
