//! Events that failed again and again: they and the later ones of the same member are put aside, so that the other members go
//! on. A lane (a member) is tried again later and later, in order, until its first event succeeds.

use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryResult, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::handler::Cause;
use crate::log::{ENTRY, Entry};

/// Puts an event aside: with a cause as one that failed, without as one that waits behind another of its lane. Returns whether
/// it did: not where it has been applied or parked before, because the cursor was set back.
pub(crate) async fn park(
    conn: &mut pg::Connection,
    consumer: &str,
    entry: &Entry,
    cause: Option<&Cause>,
) -> QueryResult<bool> {
    let parked = sql_query(
        "insert into events.parked (consumer, event_id, lane, fence, seq, error, retry_at) \
         select $1, $2, $3, $4, $5, $6, case when $6 is not null then now() + interval '1 minute' end \
         where not exists (select from events.inbox where event_id = $2 and consumer = $1) \
         on conflict do nothing",
    )
    .bind::<Text, _>(consumer)
    .bind::<SqlUuid, _>(entry.id)
    .bind::<SqlUuid, _>(entry.lane())
    .bind::<BigInt, _>(entry.place.fence)
    .bind::<BigInt, _>(entry.place.seq)
    .bind::<Nullable<Text>, _>(cause)
    .execute(conn)
    .await?;
    Ok(parked > 0)
}

/// The event whose time to be tried again has come.
pub(crate) async fn due(conn: &mut pg::Connection, consumer: &str) -> QueryResult<Option<Entry>> {
    sql_query(format!(
        "select {ENTRY} from events.log l join events.parked d on d.event_id = l.id \
         and (d.fence, d.seq) = (l.fence, l.seq) \
         where d.consumer = $1 and d.retry_at <= now() and not exists ( \
             select from events.parked before where before.consumer = $1 and before.lane = d.lane \
             and (before.fence, before.seq) < (d.fence, d.seq)) \
         order by d.retry_at limit 1"
    ))
    .bind::<Text, _>(consumer)
    .get_result(conn)
    .await
    .optional()
}

/// An event was applied after all: the next one of its lane may follow at once.
pub(crate) async fn release(
    conn: &mut pg::Connection,
    consumer: &str,
    entry: &Entry,
) -> QueryResult<()> {
    sql_query("delete from events.parked where consumer = $1 and event_id = $2")
        .bind::<Text, _>(consumer)
        .bind::<SqlUuid, _>(entry.id)
        .execute(conn)
        .await?;
    sql_query(
        "update events.parked set retry_at = now() where (consumer, event_id) in ( \
             select consumer, event_id from events.parked where consumer = $1 and lane = $2 \
             order by fence, seq limit 1)",
    )
    .bind::<Text, _>(consumer)
    .bind::<SqlUuid, _>(entry.lane())
    .execute(conn)
    .await?;
    Ok(())
}

/// It failed once more: the next try is in twice the time, at most an hour.
pub(crate) async fn postpone(
    conn: &mut pg::Connection,
    consumer: &str,
    event_id: Uuid,
    cause: &Cause,
) -> QueryResult<()> {
    sql_query(
        "update events.parked set error = $3, attempts = attempts + 1, \
             retry_at = now() + least(interval '1 hour', interval '2 minutes' * 2 ^ least(attempts, 10)) \
         where consumer = $1 and event_id = $2",
    )
    .bind::<Text, _>(consumer)
    .bind::<SqlUuid, _>(event_id)
    .bind::<Text, _>(cause)
    .execute(conn)
    .await?;
    Ok(())
}

/// The member is erased: what waits for a repair no longer matters, and must not come back when the cursor is set back.
pub(crate) async fn forget(
    conn: &mut pg::Connection,
    consumer: &str,
    lane: Uuid,
) -> QueryResult<()> {
    sql_query(
        "with forgotten as ( \
             delete from events.parked where consumer = $1 and lane = $2 returning consumer, event_id) \
         insert into events.inbox (consumer, event_id) select consumer, event_id from forgotten \
         on conflict do nothing",
    )
    .bind::<Text, _>(consumer)
    .bind::<SqlUuid, _>(lane)
    .execute(conn)
    .await?;
    Ok(())
}
