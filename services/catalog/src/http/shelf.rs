//! The shelf: what is read often, as bytes that are ready. Reading costs no query (that of services costs one, see
//! `internal`), and goes on while the database is away.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chassis::Document;
use contracts::quest_templates::QuestTemplates;
use contracts::{Lang, Text};
use pg::Pool;
use tokio::sync::Mutex;

use super::{characters, quest_templates, questions};
use crate::app;
use crate::domain::library::{Library, Versions};
use crate::error::Error;
use crate::store;

/// How long a reader waits for the tables before it is answered from memory: less than the deadline of a service's call.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is on the shelf now. All workers share one.
#[derive(Default)]
pub(crate) struct Shelf {
    documents: ArcSwapOption<Documents>,
    refreshing: Mutex<()>,
}

/// Everything, as of one moment.
pub(crate) struct Documents {
    versions: Versions,
    /// By instrument.
    pub(crate) questions: HashMap<String, Text<Document>>,
    /// All characters, in a list.
    pub(crate) characters: Text<Document>,
    /// By key.
    pub(crate) character: HashMap<String, Text<Document>>,
    /// By key of the character.
    pub(crate) drawings: HashMap<String, Document>,
    /// To choose from.
    pub(crate) library: QuestTemplates,
    /// By code.
    pub(crate) quest_templates: HashMap<String, Text<Document>>,
    /// What services read, with all that members do not see.
    pub(crate) internal: Internal,
}

/// The documents of [`contracts`], as services read them.
pub(crate) struct Internal {
    /// By key.
    pub(crate) instruments: HashMap<String, Versioned>,
    pub(crate) characters: Versioned,
    pub(crate) quest_templates: Document,
    pub(crate) result_texts: Document,
    pub(crate) self_check: Document,
}

/// Every version of a document.
#[derive(Default)]
pub(crate) struct Versioned(BTreeMap<i32, Document>);

impl Versioned {
    /// One version; the newest where none is named.
    pub(crate) fn get(&self, version: Option<i32>) -> Option<&Document> {
        match version {
            Some(version) => self.0.get(&version),
            None => self.0.values().next_back(),
        }
    }
}

impl Shelf {
    /// What there is to read.
    pub(crate) fn documents(&self) -> Result<Arc<Documents>, Error> {
        self.documents.load_full().ok_or(Error::NotPublished)
    }

    /// Puts up what the tables say, if it is something else than what is there.
    pub(crate) async fn refresh(&self, pool: &Pool) -> Result<(), Error> {
        // One at a time, so that what is older never takes the place of what is newer.
        let _turn = self.refreshing.lock().await;
        let versions = store::versions::list(&mut *pool.get().await?).await?;
        if self.documents.load().as_ref().is_some_and(|shown| shown.versions == versions) {
            return Ok(());
        }
        let library = app::content::load(pool).await?.ok_or(Error::NotPublished)?;
        self.documents.store(Some(Arc::new(Documents::of(library)?)));
        Ok(())
    }

    /// [`Shelf::refresh`] for who must not read what is older than a change they know of. If it fails, the next look at the
    /// tables makes up for it.
    pub(crate) async fn refresh_if_possible(&self, pool: &Pool) {
        match tokio::time::timeout(PATIENCE, self.refresh(pool)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a change may not be shown yet"),
            Err(_) => tracing::warn!("the database is slow: a change may not be shown yet"),
        }
    }
}

impl Documents {
    fn of(library: Library) -> Result<Self, Error> {
        let mut internal = Internal {
            instruments: HashMap::new(),
            characters: Versioned::default(),
            quest_templates: Document::json(&library.quest_templates)?,
            result_texts: Document::json(&library.result_texts)?,
            self_check: Document::json(&library.self_check)?,
        };
        let mut questions = HashMap::new();
        for instrument in &library.instruments {
            let versions = internal.instruments.entry(instrument.key.clone()).or_default();
            versions.0.insert(instrument.version, Document::json(instrument)?);
            // The newest comes last, and stays.
            let asked = in_each(|lang| questions::document(instrument, lang))?;
            questions.insert(instrument.key.clone(), asked);
        }
        for characters in &library.characters {
            internal.characters.0.insert(characters.version, Document::json(characters)?);
        }
        let newest = library.characters.last().map_or(&[][..], |newest| &newest.items);
        let mut character = HashMap::new();
        for one in newest {
            character.insert(one.key.clone(), in_each(|lang| characters::document(one, lang))?);
        }
        let drawings = library.drawings.into_iter();
        let mut templates = HashMap::new();
        for template in &library.quest_templates.items {
            let told = in_each(|lang| quest_templates::document(template, lang))?;
            templates.insert(template.code.clone(), told);
        }
        Ok(Documents {
            versions: library.versions,
            questions,
            characters: in_each(|lang| characters::list_document(newest, lang))?,
            character,
            drawings: drawings
                .map(|drawing| (drawing.key, characters::picture(drawing.svg)))
                .collect(),
            library: library.quest_templates,
            quest_templates: templates,
            internal,
        })
    }
}

fn in_each(
    document: impl Fn(Lang) -> Result<Document, serde_json::Error>,
) -> Result<Text<Document>, serde_json::Error> {
    Ok(Text { ko: document(Lang::Ko)?, en: document(Lang::En)? })
}
