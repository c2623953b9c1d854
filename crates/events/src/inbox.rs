//! What a consumer has applied: the one place that decides whether an event still has an effect.

use std::collections::HashSet;

use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
}

/// Marks events as applied, for as long as the transaction holds, and returns those that were not before.
pub(crate) async fn claim(
    conn: &mut pg::Connection,
    consumer: &str,
    events: &[Uuid],
) -> QueryResult<HashSet<Uuid>> {
    enum Claiming {}
    let claim = sql_query(
        "insert into events.inbox (consumer, event_id) select $1, unnest($2) \
         on conflict do nothing returning event_id",
    )
    .bind::<Text, _>(consumer)
    .bind::<Array<SqlUuid>, _>(events);
    let claimed: Vec<Claimed> = pg::fixed::<Claiming, _>(claim).get_results(conn).await?;
    Ok(claimed.into_iter().map(|row| row.event_id).collect())
}
