//! Content: from this release's files into the tables, from the tables into memory.

use contracts::quest_templates::QuestTemplates;
use jiff::Timestamp;
use pg::{Connection, Pool};

use super::announce;
use crate::domain::files::Files;
use crate::domain::library::{Kind, Library};
use crate::domain::quest_templates::plan;
use crate::error::Error;
use crate::store;
use crate::store::versions::Version;

/// Writes the files that are newer than what the tables were written from. Replicas that start together wait for each other,
/// and only the first one writes; a replica of an older release writes nothing.
pub(crate) async fn publish(pool: &Pool, now: Timestamp, files: &Files) -> Result<(), Error> {
    for kind in Kind::ALL {
        pg::transaction(pool, async |conn| publish_kind(conn, now, files, kind).await).await?;
    }
    Ok(())
}

async fn publish_kind(
    conn: &mut Connection,
    now: Timestamp,
    files: &Files,
    kind: Kind,
) -> Result<(), Error> {
    let file_version = files.version(kind);
    let held = store::versions::lock(conn, kind).await?;
    if file_version <= held.file_version {
        return Ok(());
    }
    let mut version = i64::from(file_version);
    match kind {
        Kind::Instruments => {
            for instrument in &files.instruments {
                store::instruments::insert(conn, instrument, now).await?;
            }
        }
        Kind::Characters => {
            store::characters::insert(conn, &files.characters, &files.drawings, now).await?;
        }
        Kind::QuestTemplates => {
            // Admins change templates too, so the library counts for itself.
            version = held.version + 1;
            let newest = store::quest_templates::list(conn).await?;
            let plan = plan(&newest, &files.quest_templates.items);
            store::quest_templates::insert(conn, &plan.writes, now).await?;
            for code in &plan.kept {
                tracing::warn!(
                    code,
                    file_version,
                    "an admin has changed this template: the file's words are left out"
                );
            }
        }
        Kind::ResultTexts => store::result_texts::insert(conn, &files.result_texts, now).await?,
        Kind::SelfCheck => store::self_check_items::insert(conn, &files.self_check, now).await?,
    }
    tracing::info!(kind = kind.key(), version, file_version, "content published");
    let now = Version { version, file_version };
    announce(conn, kind, now).await
}

/// Everything that can be read, as of one moment; none before anything was published.
pub(crate) async fn load(pool: &Pool) -> Result<Option<Library>, Error> {
    pg::transaction(pool, async |conn| {
        store::freeze(conn).await?;
        let characters = store::characters::list(conn).await?;
        let Some(newest) = characters.last() else {
            return Ok(None);
        };
        let drawings = store::characters::list_drawings(conn, newest.version).await?;
        let result_texts = store::result_texts::find_latest(conn).await?;
        let self_check = store::self_check_items::find_latest(conn).await?;
        let (Some(result_texts), Some(self_check)) = (result_texts, self_check) else {
            return Ok(None);
        };
        let versions = store::versions::list(conn).await?;
        let version = versions.get(Kind::QuestTemplates.key()).copied().unwrap_or_default();
        let items = store::quest_templates::list_given(conn).await?;
        Ok(Some(Library {
            versions,
            instruments: store::instruments::list(conn).await?,
            characters,
            drawings,
            quest_templates: QuestTemplates { version, items },
            result_texts,
            self_check,
        }))
    })
    .await
}
