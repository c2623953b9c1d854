//! `psy_answers`.

use contracts::UserId;
use diesel::prelude::*;
use diesel::upsert::excluded;
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
    let rows: Vec<_> = kept
        .iter()
        .map(|kept| {
            (
                dsl::user_id.eq(user_id.0),
                dsl::session_id.eq(session_id),
                dsl::question_id.eq(kept.answer.question_id),
                dsl::value.eq(kept.answer.value),
                dsl::carried_over.eq(kept.carried_over),
                dsl::answered_at.eq(kept.answered_at.to_diesel()),
            )
        })
        .collect();
    diesel::insert_into(dsl::psy_answers)
        .values(rows)
        .on_conflict((dsl::user_id, dsl::session_id, dsl::question_id))
        .do_update()
        .set((
            dsl::value.eq(excluded(dsl::value)),
            dsl::carried_over.eq(excluded(dsl::carried_over)),
            dsl::answered_at.eq(excluded(dsl::answered_at)),
        ))
        .execute(conn)
        .await
        .map(drop)
}
