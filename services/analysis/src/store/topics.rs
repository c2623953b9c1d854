//! `member_topics`: what sns told us of members' interests.

use contracts::UserId;
use contracts::events::{Topic, TopicsChanged};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::{Connection, Json};

use crate::schema::member_topics::dsl;

/// A member's interests; empty where nothing was ever imported.
pub(crate) async fn find(mut conn: &Connection, user_id: UserId) -> QueryResult<Vec<Topic>> {
    let row: Option<Json<Vec<Topic>>> =
        dsl::member_topics.find(user_id.0).select(dsl::topics).first(&mut conn).await.optional()?;
    Ok(row.map_or_else(Vec::new, |topics| topics.0))
}

/// Keeps what sns told last.
pub(crate) async fn upsert(conn: &mut Connection, changed: &TopicsChanged) -> QueryResult<()> {
    let told = Json(changed.topics.clone());
    diesel::insert_into(dsl::member_topics)
        .values((dsl::user_id.eq(changed.user_id.0), dsl::topics.eq(&told)))
        .on_conflict(dsl::user_id)
        .do_update()
        .set(dsl::topics.eq(&told))
        .execute(conn)
        .await
        .map(drop)
}
