//! What this service asks of the catalog and keeps. Reading it costs no call; while the catalog is away it is served as it
//! was last known.

use std::sync::Arc;

use chassis::Startup;
use client::{Cached, Client, NotReached};
use contracts::characters::Characters;
use contracts::quest_templates::QuestTemplates;
use serde::de::DeserializeOwned;

/// Everything that is asked of others. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct References {
    quest_templates: Cached<QuestTemplates>,
    characters: Cached<Characters>,
}

impl References {
    /// Nothing is known yet; it is fetched, and kept fresh, in the background. Without it the service is not ready.
    pub(crate) fn start(startup: &Startup, catalog: &Client) -> Self {
        let references = References {
            quest_templates: Cached::new(catalog.clone(), "/int/catalog/quest-templates"),
            characters: Cached::new(catalog.clone(), "/int/catalog/characters"),
        };
        need(startup, "catalog: quest-templates", &references.quest_templates);
        need(startup, "catalog: characters", &references.characters);
        references
    }

    /// The library that quests are chosen from.
    pub(crate) fn quest_templates(&self) -> Result<Arc<QuestTemplates>, NotReached> {
        self.quest_templates.get()
    }

    /// The characters and their names.
    pub(crate) fn characters(&self) -> Result<Arc<Characters>, NotReached> {
        self.characters.get()
    }

    /// The catalog says that it has something newer of a kind.
    pub(crate) fn revalidate(&self, kind: &str) {
        match kind {
            "quest-templates" => self.quest_templates.revalidate(),
            "characters" => self.characters.revalidate(),
            _ => {}
        }
    }
}

/// Keeps a document that answers are incomplete without.
fn need<T: DeserializeOwned + 'static>(
    startup: &Startup,
    part: &'static str,
    document: &Cached<T>,
) {
    let readiness = startup.readiness.clone();
    readiness.wait_for(part, "not asked yet");
    startup.spawn(document.clone().keep(move |known| match known {
        Ok(()) => readiness.reached(part),
        Err(error) => readiness.wait_for(part, error.to_string()),
    }));
}
