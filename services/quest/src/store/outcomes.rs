//! `template_outcomes`: what became of each template with all members.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date as SqlDate};
use diesel_async::RunQueryDsl;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::domain::selection::{Outcome, Outcomes};
use crate::schema::template_outcomes::dsl;

/// How many offers one statement counts, which must end long before the role's `statement_timeout`.
const BATCH: i64 = 500;

/// The outcomes of every template.
pub(crate) async fn load(conn: &mut Connection) -> QueryResult<Outcomes> {
    let rows: Vec<(String, i64, i64)> = dsl::template_outcomes
        .select((dsl::template_code, dsl::done, dsl::missed))
        .load(conn)
        .await?;
    let outcome = |(code, done, missed)| (code, Outcome { done, missed });
    Ok(rows.into_iter().map(outcome).collect())
}

/// Adds what became of the quests of some offers that were not counted yet, until a date; says whether there may be more.
/// Other replicas count at the same time: each takes other offers, and adds in the order of the codes, so that no two wait
/// for each other.
pub(crate) async fn count_until(conn: &mut Connection, date: Date) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        offers: i64,
    }
    let Counted { offers } = diesel::sql_query(
        "WITH over AS (
             UPDATE offers SET counted = true
             WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM offers WHERE NOT counted AND date <= $1
                 ORDER BY date LIMIT $2 FOR UPDATE SKIP LOCKED))
             RETURNING user_id, date
         ), added AS (
             INSERT INTO template_outcomes AS t (template_code, done, missed)
             SELECT template_code,
                 count(*) FILTER (WHERE status = 'completed'),
                 count(*) FILTER (WHERE status <> 'completed')
             FROM over JOIN user_quests USING (user_id, date)
             GROUP BY template_code ORDER BY template_code
             ON CONFLICT (template_code)
             DO UPDATE SET done = t.done + excluded.done, missed = t.missed + excluded.missed
         )
         SELECT count(*) AS offers FROM over",
    )
    .bind::<SqlDate, _>(date.to_diesel())
    .bind::<BigInt, _>(BATCH)
    .get_result(conn)
    .await?;
    Ok(offers == BATCH)
}
