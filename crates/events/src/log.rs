//! Reading the log: the only part that knows where events come from. Everything is below the horizon (`events.sql`), so a
//! cursor is one place and nothing is ever missing before it.

use contracts::events::{Event, MemberErased};
use diesel::sql_types::{
    Array, BigInt, Bool, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryResult, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// A consumer that meets nothing for itself moves on after so many transactions, so that it need not look through the
/// events of others again and again. (Not at once: moving is a transaction, too.)
const STRIDE: i64 = 1000;

/// Before every event. (What a restored dump brings along stands below zero, see `events.sql`.)
const BEGINNING: i64 = i64::MIN / 2;

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub(crate) struct Place {
    #[diesel(sql_type = BigInt)]
    pub(crate) fence: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
}

/// An event as it was written.
#[derive(Debug, QueryableByName)]
pub(crate) struct Entry {
    #[diesel(embed)]
    pub(crate) place: Place,
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    #[diesel(sql_type = Text)]
    pub(crate) producer: String,
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) user_id: Option<Uuid>,
    #[diesel(sql_type = Jsonb)]
    pub(crate) payload: Value,
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) traceparent: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub(crate) created_at: Timestamp,
    /// Whether an earlier event of the member is parked.
    #[diesel(sql_type = Bool)]
    pub(crate) waits: bool,
}

impl Entry {
    /// What its order is kept in: the member; an event without one is alone.
    pub(crate) fn lane(&self) -> Uuid {
        self.user_id.unwrap_or(self.id)
    }

    /// Nothing of the member matters after this one.
    pub(crate) fn erases(&self) -> bool {
        self.kind == MemberErased::TYPE
    }
}

/// The columns of [`Entry`], of `events.log l` for the consumer `$1`.
pub(crate) const ENTRY: &str = "l.fence, l.seq, l.id, l.producer, l.type as kind, l.user_id, l.payload, l.traceparent, \
     l.created_at, exists (select from events.parked p where p.consumer = $1 and p.lane = l.user_id) as waits";

/// What a consumer finds when it looks up.
#[derive(Debug, QueryableByName)]
pub(crate) struct Look {
    /// There is something to read, or a stride to move.
    #[diesel(sql_type = Bool)]
    pub(crate) due: bool,
    /// The cursor stands where this cluster has not got to: a dump was restored, and `events.sql` has not been run since.
    #[diesel(sql_type = Bool)]
    pub(crate) ahead: bool,
    /// Something parked is to be tried again.
    #[diesel(sql_type = Bool)]
    pub(crate) retry_due: bool,
    /// Age of the oldest unread event in seconds, 0 without one.
    #[diesel(sql_type = Double)]
    pub(crate) lag: f64,
    /// Parked events, counted up to 1000.
    #[diesel(sql_type = BigInt)]
    pub(crate) parked: i64,
}

/// Looks without locking or writing anything: what an idle consumer does all day. None when it has no cursor.
pub(crate) async fn look(
    conn: &mut pg::Connection,
    consumer: &str,
    kinds: &[&str],
) -> QueryResult<Option<Look>> {
    enum Looking {}
    let look = sql_query(
        "select coalesce(first.fence, c.fence + $3) < events.horizon() as due, \
                c.fence > events.horizon() as ahead, \
                exists (select from events.parked p where p.consumer = $1 and p.retry_at <= now()) as retry_due, \
                greatest(0, coalesce(extract(epoch from clock_timestamp() - first.created_at), 0))::float8 as lag, \
                (select count(*) from (select from events.parked p where p.consumer = $1 limit 1000) p) as parked \
         from events.cursors c left join lateral ( \
             select l.fence, l.created_at from events.log l \
             where (l.fence, l.seq) > (c.fence, c.seq) and l.type = any($2) \
             order by l.fence, l.seq limit 1) first on true \
         where c.consumer = $1",
    )
    .bind::<Text, _>(consumer)
    .bind::<Array<Text>, _>(kinds)
    .bind::<BigInt, _>(STRIDE);
    pg::fixed::<Looking, _>(look).get_result(conn).await.optional()
}

/// A cursor that this transaction holds.
#[derive(Debug, QueryableByName)]
pub(crate) struct Cursor {
    #[diesel(embed)]
    pub(crate) place: Place,
    #[diesel(sql_type = BigInt)]
    horizon: i64,
}

impl Cursor {
    /// Where a reader stands who has read all that can be read.
    pub(crate) fn end(&self) -> Place {
        self.place.max(Place { fence: self.horizon, seq: 0 })
    }
}

/// Takes the consumer's cursor for this transaction: replicas take turns. None while another has it, or while the snapshot
/// is still to be taken.
pub(crate) async fn lock(conn: &mut pg::Connection, consumer: &str) -> QueryResult<Option<Cursor>> {
    enum Locking {}
    let lock = sql_query(
        "select fence, seq, events.horizon() as horizon from events.cursors \
         where consumer = $1 and not snapshot_due for update skip locked",
    )
    .bind::<Text, _>(consumer);
    pg::fixed::<Locking, _>(lock).get_result(conn).await.optional()
}

/// The next events of these types, in order, at most `limit`.
pub(crate) async fn read(
    conn: &mut pg::Connection,
    consumer: &str,
    cursor: &Cursor,
    kinds: &[&str],
    limit: usize,
) -> QueryResult<Vec<Entry>> {
    enum Reading {}
    let read = sql_query(format!(
        "select {ENTRY} from events.log l \
         where (l.fence, l.seq) > ($2, $3) and l.fence < $4 and l.type = any($5) \
         order by l.fence, l.seq limit $6"
    ))
    .bind::<Text, _>(consumer)
    .bind::<BigInt, _>(cursor.place.fence)
    .bind::<BigInt, _>(cursor.place.seq)
    .bind::<BigInt, _>(cursor.horizon)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Integer, _>(i32::try_from(limit).unwrap_or(i32::MAX));
    pg::fixed::<Reading, _>(read).get_results(conn).await
}

/// Moves the cursor that this transaction holds.
pub(crate) async fn advance(
    conn: &mut pg::Connection,
    consumer: &str,
    to: Place,
) -> QueryResult<()> {
    enum Advancing {}
    let advance = sql_query("update events.cursors set fence = $2, seq = $3 where consumer = $1")
        .bind::<Text, _>(consumer)
        .bind::<BigInt, _>(to.fence)
        .bind::<BigInt, _>(to.seq);
    pg::fixed::<Advancing, _>(advance).execute(conn).await.map(drop)
}

#[derive(QueryableByName)]
struct Begun {
    #[diesel(sql_type = Bool)]
    snapshot_due: bool,
}

/// Makes the cursor of a consumer that has none: at the first event, or, if a snapshot is to come, at the horizon before the
/// snapshot. Returns whether the snapshot is still due.
pub(crate) async fn begin(
    conn: &mut pg::Connection,
    consumer: &str,
    with_snapshot: bool,
) -> QueryResult<bool> {
    sql_query(
        "insert into events.cursors (consumer, fence, seq, snapshot_due) \
         values ($1, case when $2 then events.horizon() else $3 end, 0, $2) on conflict do nothing",
    )
    .bind::<Text, _>(consumer)
    .bind::<Bool, _>(with_snapshot)
    .bind::<BigInt, _>(BEGINNING)
    .execute(conn)
    .await?;
    let begun: Begun = sql_query("select snapshot_due from events.cursors where consumer = $1")
        .bind::<Text, _>(consumer)
        .get_result(conn)
        .await?;
    Ok(begun.snapshot_due)
}

/// Takes the turn to make the snapshot, for as long as the connection lives. Nothing is locked in a transaction: one as long as a
/// snapshot would hold back all readers of the log.
pub(crate) async fn take_turn(conn: &mut pg::Connection, consumer: &str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Turn {
        #[diesel(sql_type = Bool)]
        taken: bool,
    }
    let turn: Turn = sql_query(
        "select pg_try_advisory_lock(hashtext('events snapshot'), hashtext($1)) as taken",
    )
    .bind::<Text, _>(consumer)
    .get_result(conn)
    .await?;
    Ok(turn.taken)
}

/// The snapshot is taken: from now on the log is followed.
pub(crate) async fn snapshot_taken(conn: &mut pg::Connection, consumer: &str) -> QueryResult<()> {
    sql_query("update events.cursors set snapshot_due = false where consumer = $1")
        .bind::<Text, _>(consumer)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes events that are old enough, at most a batch. Returns how many.
pub(crate) async fn expire(conn: &mut pg::Connection) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Expired {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let expired: Expired = sql_query("select events.expire() as count").get_result(conn).await?;
    Ok(expired.count)
}
