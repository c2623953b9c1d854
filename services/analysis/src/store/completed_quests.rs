//! `completed_quests`: what quest told us that members have done.

use contracts::UserId;
use contracts::events::QuestCompleted;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::schema::completed_quests::dsl;

/// The date of each quest that the member has completed since one.
pub(crate) async fn list_dates_since(
    conn: &mut Connection,
    user_id: UserId,
    from: Date,
) -> QueryResult<Vec<Date>> {
    let dates: Vec<jiff_diesel::Date> = dsl::completed_quests
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::date.ge(from.to_diesel()))
        .select(dsl::date)
        .load(conn)
        .await?;
    Ok(dates.into_iter().map(|date| date.to_jiff()).collect())
}

/// Keeps a completion.
pub(crate) async fn insert(conn: &mut Connection, completed: &QuestCompleted) -> QueryResult<()> {
    diesel::insert_into(dsl::completed_quests)
        .values((
            dsl::user_id.eq(completed.user_id.0),
            dsl::quest_id.eq(completed.quest_id),
            dsl::template_code.eq(&completed.template_code),
            dsl::date.eq(completed.date.to_diesel()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// Forgets a completion that was taken back.
pub(crate) async fn delete(
    conn: &mut Connection,
    user_id: UserId,
    quest_id: Uuid,
) -> QueryResult<()> {
    diesel::delete(dsl::completed_quests.find((user_id.0, quest_id))).execute(conn).await.map(drop)
}
