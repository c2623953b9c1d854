//! `template_outcomes`: what became of each template with all members.

use contracts::UserId;
use diesel::pg::sql_types::Array;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, SmallInt, Text};
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::domain::quests::Status;
use crate::domain::selection::{Outcome, Outcomes, PastQuest};
use crate::schema::template_outcomes::dsl;

/// Members are spread over so many rows of each template.
const SHARDS: u128 = 8;

/// The outcomes of every template. At most templates x shards rows.
pub(crate) async fn load(conn: &mut Connection) -> QueryResult<Outcomes> {
    let rows: Vec<(String, i64, i64)> = dsl::template_outcomes
        .select((dsl::template_code, dsl::done, dsl::missed))
        .load(conn)
        .await?;
    let mut outcomes = Outcomes::new();
    for (code, done, missed) in rows {
        let Outcome { done: all_done, missed: all_missed } = outcomes.entry(code).or_default();
        *all_done += done;
        *all_missed += missed;
    }
    Ok(outcomes)
}

/// Adds what became of a member's quests. In the order of their codes, so that two members cannot wait for each other.
pub(crate) async fn add(
    conn: &mut Connection,
    user_id: UserId,
    quests: &[PastQuest],
) -> QueryResult<()> {
    let mut counts: Vec<(&str, i64, i64)> = quests
        .iter()
        .map(|quest| match quest.status {
            Status::Completed => (quest.code.as_str(), 1, 0),
            Status::Open | Status::Skipped => (quest.code.as_str(), 0, 1),
        })
        .collect();
    counts.sort_unstable();
    let codes: Vec<&str> = counts.iter().map(|(code, _, _)| *code).collect();
    let done: Vec<i64> = counts.iter().map(|(_, done, _)| *done).collect();
    let missed: Vec<i64> = counts.iter().map(|(_, _, missed)| *missed).collect();
    diesel::sql_query(
        "INSERT INTO template_outcomes AS t (template_code, shard, done, missed)
         SELECT code, $1, done, missed FROM unnest($2, $3, $4) AS added (code, done, missed)
         ON CONFLICT (template_code, shard)
         DO UPDATE SET done = t.done + excluded.done, missed = t.missed + excluded.missed",
    )
    .bind::<SmallInt, _>(i16::try_from(user_id.0.as_u128() % SHARDS).unwrap_or(0))
    .bind::<Array<Text>, _>(codes)
    .bind::<Array<BigInt>, _>(done)
    .bind::<Array<BigInt>, _>(missed)
    .execute(conn)
    .await
    .map(drop)
}
