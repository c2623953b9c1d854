//! Rows of `audit_log`. The app role may add to it and read it, and nothing else.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::audit::{Action, Actor, Entry, Search};
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

/// Entries, newest first.
pub(crate) async fn list(
    conn: &mut Connection,
    search: &Search,
    limit: i64,
) -> QueryResult<Vec<Entry>> {
    let mut query = dsl::audit_log.into_boxed();
    if let Some(subject) = &search.subject {
        query = query.filter(dsl::subject.eq(subject));
    }
    if let Some(actor) = &search.actor {
        query = query.filter(dsl::actor.eq(actor));
    }
    if let Some(action) = &search.action {
        query = query.filter(dsl::action.eq(action));
    }
    if let Some(last) = search.after {
        query = query.filter(dsl::id.lt(last));
    }
    let rows: Vec<EntryRow> =
        query.order(dsl::id.desc()).limit(limit).select(EntryRow::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::audit_log)]
struct EntryRow {
    id: Uuid,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    at: Timestamp,
    actor_kind: String,
    actor: String,
    action: String,
    subject: String,
    detail: Value,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        let EntryRow { id, at, actor_kind, actor, action, subject, detail } = row;
        Entry { id, at, actor_kind, actor, action, subject, detail }
    }
}
