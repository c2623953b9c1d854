//! Writing an event, and who will read it.

use contracts::events::Event;
use diesel::prelude::*;
use diesel::result::Error::SerializationError;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{metrics, trace, wake};

diesel::table! {
    /// What an app role may write; the rest (place, producer, time) is the database's to say.
    events.log (id) {
        id -> Uuid,
        #[sql_name = "type"]
        kind -> Text,
        user_id -> Nullable<Uuid>,
        payload -> Jsonb,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    /// Who reads what.
    events.consumers (service, kind) {
        service -> Text,
        #[sql_name = "type"]
        kind -> Text,
    }
}

/// The services that are told of events of type `E` (`deploy/database/events.sql`).
pub async fn readers_of<E: Event>(conn: &mut pg::Connection) -> QueryResult<Vec<String>> {
    let readers = consumers::table.filter(consumers::kind.eq(E::TYPE));
    readers.select(consumers::service).load(conn).await
}

/// Tells whoever reads this type, if and when the transaction of `conn` commits.
///
/// Where one change of a member must not overtake another, the transaction has locked the member's row (updated it, or
/// `for update`) in an earlier statement; READ COMMITTED is assumed. Fails as its insert does, for a type that this service
/// does not produce too.
pub async fn publish<E: Event>(mut conn: &pg::Connection, event: &E) -> QueryResult<()> {
    let payload = serde_json::to_value(event).map_err(|error| SerializationError(error.into()))?;
    // A tuple of `eq`s, so that the statement is prepared once for each connection.
    diesel::insert_into(log::table)
        .values((
            log::id.eq(Uuid::now_v7()),
            log::kind.eq(E::TYPE),
            log::user_id.eq(event.user_id().map(|user_id| user_id.0)),
            log::payload.eq(payload),
            log::traceparent.eq(trace::current()),
        ))
        .execute(&mut conn)
        .await?;
    count_on_commit::<E>(1);
    Ok(())
}

/// As [`publish`], many by one statement: at most some thousands, whose transaction readers can take in one go.
pub async fn publish_all<E: Event>(conn: &mut pg::Connection, events: &[E]) -> QueryResult<()> {
    let rows = events.iter().map(|event| {
        let payload =
            serde_json::to_value(event).map_err(|error| SerializationError(error.into()))?;
        Ok((
            log::id.eq(Uuid::now_v7()),
            log::kind.eq(E::TYPE),
            log::user_id.eq(event.user_id().map(|user_id| user_id.0)),
            log::payload.eq(payload),
            log::traceparent.eq(trace::current()),
        ))
    });
    let rows: Vec<_> = rows.collect::<QueryResult<_>>()?;
    diesel::insert_into(log::table).values(rows).execute(conn).await?;
    count_on_commit::<E>(events.len() as u64);
    Ok(())
}

fn count_on_commit<E: Event>(events: u64) {
    pg::on_commit(move || {
        metrics::PUBLISHED.with_label_values(&[E::TYPE]).inc_by(events);
        wake::committed();
    });
}
