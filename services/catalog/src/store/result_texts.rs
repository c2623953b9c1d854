//! `result_texts`: the sentences results are told in.

use contracts::result_texts::ResultTexts;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

use super::{read, written};
use crate::schema::result_texts::dsl;

/// A new version.
pub(crate) async fn insert(
    conn: &mut Connection,
    texts: &ResultTexts,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(dsl::result_texts)
        .values((
            dsl::version.eq(texts.version),
            dsl::content.eq(written(texts)?),
            dsl::created_at.eq(now.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// The newest version.
pub(crate) async fn find_latest(conn: &mut Connection) -> QueryResult<Option<ResultTexts>> {
    let content = dsl::result_texts
        .order(dsl::version.desc())
        .select(dsl::content)
        .first(conn)
        .await
        .optional()?;
    content.map(read).transpose()
}
