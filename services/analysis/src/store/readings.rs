//! A result with what its words follow from, in one statement.

use contracts::UserId;
use contracts::events::Topic;
use diesel::dsl::AsSelect;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::{Connection, Json};
use uuid::Uuid;

use super::results::AnalysisResultRow;
use super::{members, topics};
use crate::domain::results::AnalysisResult;
use crate::schema::analysis_results::dsl;
use crate::schema::{analysis_results, member_topics, members as readers};

/// The member as a reader.
pub(crate) struct Reader {
    /// None before the first event of the member has come.
    pub(crate) locale: Option<String>,
    /// Empty where nothing was ever imported.
    pub(crate) topics: Vec<Topic>,
}

/// The reader of several results.
pub(crate) async fn find_reader(conn: &Connection, user_id: UserId) -> QueryResult<Reader> {
    let (member, topics) =
        tokio::try_join!(members::find(conn, user_id), topics::find(conn, user_id))?;
    Ok(Reader { locale: member.map(|(locale, _)| locale), topics })
}

type Row = (AnalysisResultRow, Option<String>, Option<Json<Vec<Topic>>>);

fn reading((row, locale, topics): Row) -> QueryResult<(AnalysisResult, Reader)> {
    let topics = topics.map_or_else(Vec::new, |topics| topics.0);
    Ok((row.try_into()?, Reader { locale, topics }))
}

#[diesel::dsl::auto_type]
fn readings() -> _ {
    let result: AsSelect<AnalysisResultRow, Pg> = AnalysisResultRow::as_select();
    let to_reader = readers::user_id.eq(analysis_results::user_id);
    let to_topics = member_topics::user_id.eq(analysis_results::user_id);
    analysis_results::table
        .left_join(readers::table.on(to_reader))
        .left_join(member_topics::table.on(to_topics))
        .select((result, readers::locale.nullable(), member_topics::topics.nullable()))
}

/// The member's result.
pub(crate) async fn find(
    mut conn: &Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<Option<(AnalysisResult, Reader)>> {
    let of_member = readings().filter(dsl::user_id.eq(user_id.0));
    let row: Option<Row> = of_member.filter(dsl::id.eq(id)).first(&mut conn).await.optional()?;
    row.map(reading).transpose()
}

/// The member's newest result.
pub(crate) async fn find_latest(
    mut conn: &Connection,
    user_id: UserId,
) -> QueryResult<Option<(AnalysisResult, Reader)>> {
    let of_member = readings().filter(dsl::user_id.eq(user_id.0));
    let newest = of_member.order(dsl::created_at.desc());
    let row: Option<Row> = newest.first(&mut conn).await.optional()?;
    row.map(reading).transpose()
}
