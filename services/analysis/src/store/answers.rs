//! `psy_answers`.

use contracts::UserId;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jiff_diesel::{Timestamp, ToDiesel};
use pg::Connection;
use uuid::Uuid;

use crate::domain::answers::Answer;
use crate::domain::sessions::KeptAnswer;
use crate::schema::psy_answers::dsl;

/// A session's answers by question.
pub(crate) async fn list(
    conn: &mut Connection,
    user_id: UserId,
    session_id: Uuid,
) -> QueryResult<Vec<KeptAnswer>> {
    let rows: Vec<(i16, i16, bool, Timestamp)> = dsl::psy_answers
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::session_id.eq(session_id))
        .select((dsl::question_id, dsl::value, dsl::carried_over, dsl::answered_at))
        .order(dsl::question_id)
        .load(conn)
        .await?;
    let kept = |(question_id, value, carried_over, answered_at): (_, _, _, Timestamp)| KeptAnswer {
        answer: Answer { question_id, value },
        carried_over,
        answered_at: answered_at.to_jiff(),
    };
    Ok(rows.into_iter().map(kept).collect())
}

/// Keeps answers; a question answered before takes the new answer.
pub(crate) async fn upsert(
    conn: &mut Connection,
    user_id: UserId,
    session_id: Uuid,
    kept: &[KeptAnswer],
) -> QueryResult<()> {
    enum Upsert {}
    // One text for any number of answers, so that it is prepared once.
    let upsert = diesel::sql_query(
        "INSERT INTO psy_answers (user_id, session_id, question_id, value, carried_over, answered_at) \
         SELECT $1, $2, * FROM unnest($3, $4, $5, $6) \
         ON CONFLICT (user_id, session_id, question_id) DO UPDATE SET \
         value = excluded.value, carried_over = excluded.carried_over, answered_at = excluded.answered_at",
    )
    .bind::<SqlUuid, _>(user_id.0)
    .bind::<SqlUuid, _>(session_id)
    .bind::<Array<SmallInt>, _>(column(kept, |kept| kept.answer.question_id))
    .bind::<Array<SmallInt>, _>(column(kept, |kept| kept.answer.value))
    .bind::<Array<Bool>, _>(column(kept, |kept| kept.carried_over))
    .bind::<Array<Timestamptz>, _>(column(kept, |kept| kept.answered_at.to_diesel()));
    pg::fixed::<Upsert, _>(upsert).execute(conn).await.map(drop)
}

fn column<T>(kept: &[KeptAnswer], of: impl Fn(&KeptAnswer) -> T) -> Vec<T> {
    kept.iter().map(of).collect()
}
