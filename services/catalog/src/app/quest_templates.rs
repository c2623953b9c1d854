//! What admins change of the quest library. Every change is a new version of one template, and of the library.

use contracts::quest_templates::QuestTemplate;
use jiff::Timestamp;
use pg::Connection;

use super::announce;
use crate::domain::library::Kind;
use crate::domain::quest_templates::{Draft, Entry, Source};
use crate::error::Error;
use crate::store;
use crate::store::versions::Version;

/// Adds a template under a code that was never used.
pub(crate) async fn create_quest_template(
    conn: &mut Connection,
    now: Timestamp,
    draft: Draft,
) -> Result<QuestTemplate, Error> {
    let held = store::versions::lock(conn, Kind::QuestTemplates).await?;
    if store::quest_templates::find(conn, &draft.code).await?.is_some() {
        return Err(Error::CodeTaken);
    }
    let template = draft.into_template(1).ok_or(Error::NotValidated)?;
    save(conn, now, held, Entry::first(template, Source::Admin)).await
}

/// Gives a template other words. The same words again change nothing.
pub(crate) async fn replace_quest_template(
    conn: &mut Connection,
    now: Timestamp,
    code: &str,
    draft: Draft,
) -> Result<QuestTemplate, Error> {
    if draft.code != code {
        return Err(Error::OtherCode);
    }
    let held = store::versions::lock(conn, Kind::QuestTemplates).await?;
    let entry = find_given(conn, code).await?;
    let words = draft.into_template(1).ok_or(Error::NotValidated)?;
    match entry.replaced(&words, Source::Admin) {
        Some(next) => save(conn, now, held, next).await,
        None => Ok(entry.template),
    }
}

/// Withdraws a template: it is no longer given. Its code is never used again, and its versions stay.
pub(crate) async fn delete_quest_template(
    conn: &mut Connection,
    now: Timestamp,
    code: &str,
) -> Result<(), Error> {
    let held = store::versions::lock(conn, Kind::QuestTemplates).await?;
    let entry = find_given(conn, code).await?;
    save(conn, now, held, entry.withdrawn(Source::Admin)).await.map(drop)
}

async fn find_given(conn: &mut Connection, code: &str) -> Result<Entry, Error> {
    let entry = store::quest_templates::find(conn, code).await?;
    entry.filter(|entry| !entry.withdrawn).ok_or(Error::QuestTemplateNotFound)
}

async fn save(
    conn: &mut Connection,
    now: Timestamp,
    held: Version,
    entry: Entry,
) -> Result<QuestTemplate, Error> {
    store::quest_templates::insert(conn, std::slice::from_ref(&entry), now).await?;
    announce(conn, Kind::QuestTemplates, Version { version: held.version + 1, ..held }).await?;
    Ok(entry.template)
}
