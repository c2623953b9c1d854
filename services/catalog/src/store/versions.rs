//! `versions`: what now holds of each kind.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::Connection;

use crate::domain::library::{Kind, Versions};
use crate::schema::versions::dsl;

/// What now holds of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub(crate) struct Version {
    /// Grows with every change.
    pub(crate) version: i64,
    /// Of the newest content file that was written.
    pub(crate) file_version: i32,
}

/// The version of each kind: one small read, to compare with what is in memory.
pub(crate) async fn list(conn: &mut Connection) -> QueryResult<Versions> {
    let rows: Vec<(String, i64)> =
        dsl::versions.select((dsl::kind, dsl::version)).load(conn).await?;
    Ok(rows.into_iter().collect())
}

/// Holds back every other writer of this kind until the transaction ends.
pub(crate) async fn lock(conn: &mut Connection, kind: Kind) -> QueryResult<Version> {
    dsl::versions
        .find(kind.key())
        .select((dsl::version, dsl::file_version))
        .for_update()
        .first(conn)
        .await
}

/// What holds from now on.
pub(crate) async fn update(conn: &mut Connection, kind: Kind, now: Version) -> QueryResult<()> {
    diesel::update(dsl::versions.find(kind.key()))
        .set((dsl::version.eq(now.version), dsl::file_version.eq(now.file_version)))
        .execute(conn)
        .await
        .map(drop)
}
