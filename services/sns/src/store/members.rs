//! `member_topics`: what was told of a member last. The row is what changes of a member wait for each other on.

use contracts::UserId;
use contracts::events::Topic;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::{Connection, Json};

use crate::schema::member_topics::dsl;

/// Holds the member's row until the transaction ends, and says what was told; none where there is no row yet.
pub(crate) async fn lock(
    conn: &mut Connection,
    user_id: UserId,
) -> QueryResult<Option<Vec<Topic>>> {
    let row: Option<Json<Vec<Topic>>> = dsl::member_topics
        .find(user_id.0)
        .select(dsl::topics)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|Json(topics)| topics))
}

/// A row for somebody of whom nothing was told.
pub(crate) async fn insert(conn: &mut Connection, user_id: UserId) -> QueryResult<()> {
    diesel::insert_into(dsl::member_topics)
        .values((dsl::user_id.eq(user_id.0), dsl::topics.eq(Json(Vec::<Topic>::new()))))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// Keeps what is told now.
pub(crate) async fn update(
    conn: &mut Connection,
    user_id: UserId,
    topics: Vec<Topic>,
) -> QueryResult<()> {
    diesel::update(dsl::member_topics.find(user_id.0))
        .set(dsl::topics.eq(Json(topics)))
        .execute(conn)
        .await
        .map(drop)
}
