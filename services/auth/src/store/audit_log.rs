//! Rows of `audit_log`. The app role may add to it and read it, and nothing else.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::audit::{Action, Actor};
use crate::schema::audit_log::dsl;

/// Notes who did what to which id, in the transaction of the deed.
pub(crate) async fn insert(
    conn: &mut Connection,
    now: Timestamp,
    actor: Actor<'_>,
    action: Action<'_>,
    subject: impl ToString,
) -> QueryResult<()> {
    insert_all(conn, now, actor, &[(action, subject)]).await
}

/// As [`insert`], of many deeds.
pub(crate) async fn insert_all(
    conn: &mut Connection,
    now: Timestamp,
    actor: Actor<'_>,
    deeds: &[(Action<'_>, impl ToString)],
) -> QueryResult<()> {
    let (actor_kind, actor) = actor.parts();
    let rows = deeds.iter().map(|(action, subject)| {
        let (action, detail) = action.parts();
        (
            dsl::id.eq(Uuid::now_v7()),
            dsl::at.eq(now.to_diesel()),
            dsl::actor_kind.eq(actor_kind),
            dsl::actor.eq(&actor),
            dsl::action.eq(action),
            dsl::subject.eq(subject.to_string()),
            dsl::detail.eq(detail),
        )
    });
    let rows: Vec<_> = rows.collect();
    diesel::insert_into(dsl::audit_log).values(rows).execute(conn).await.map(drop)
}
