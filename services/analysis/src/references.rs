//! What this service asks of others and keeps: the catalog's reference data, and auth's support lines. Reading it costs
//! no call; while the owner is away it is served as it was last known.

use std::sync::Arc;

use chassis::{Readiness, Startup};
use client::{Cached, Client, NotReached};
use contracts::characters::Characters;
use contracts::instruments::Instrument;
use contracts::result_texts::ResultTexts;
use contracts::self_check::SelfCheck;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::instruments::InstrumentKey;

/// Everything that is asked of others. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct References {
    mini20: Cached<Instrument>,
    full50: Cached<Instrument>,
    characters: Cached<Characters>,
    result_texts: Cached<ResultTexts>,
    self_check: Cached<SelfCheck>,
    app_settings: Cached<AppSettings>,
}

/// What of the app's public settings is shown here.
#[derive(Clone, Debug, Deserialize)]
struct AppSettings {
    support: Support,
}

#[derive(Clone, Debug, Deserialize)]
struct Support {
    lines: Vec<SupportLine>,
}

/// A line that somebody answers.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct SupportLine {
    /// Who answers.
    name: String,
    /// What to dial.
    phone: String,
    /// When somebody answers.
    hours: String,
}

impl References {
    /// Nothing is known yet; it is fetched, and kept fresh, in the background. Without all of it the service is not ready:
    /// who is low for days must not be told that somebody listens, and not who.
    pub(crate) fn start(startup: &Startup, catalog: &Client, auth: &Client) -> Self {
        let references = References {
            mini20: Cached::new(catalog.clone(), "/int/catalog/instruments/mini-ipip-20"),
            full50: Cached::new(catalog.clone(), "/int/catalog/instruments/ipip-bfm-50"),
            characters: Cached::new(catalog.clone(), "/int/catalog/characters"),
            result_texts: Cached::new(catalog.clone(), "/int/catalog/result-texts"),
            self_check: Cached::new(catalog.clone(), "/int/catalog/self-check"),
            app_settings: Cached::new(auth.clone(), "/api/app-settings/public"),
        };
        need(startup, "catalog: mini-ipip-20", &references.mini20);
        need(startup, "catalog: ipip-bfm-50", &references.full50);
        need(startup, "catalog: characters", &references.characters);
        need(startup, "catalog: result-texts", &references.result_texts);
        need(startup, "catalog: self-check", &references.self_check);
        need(startup, "auth: app-settings", &references.app_settings);
        references
    }

    /// The newest version of a test.
    pub(crate) fn instrument(&self, key: InstrumentKey) -> Result<Arc<Instrument>, NotReached> {
        match key {
            InstrumentKey::Mini20 => self.mini20.get(),
            InstrumentKey::Full50 => self.full50.get(),
        }
    }

    /// The newest version of the characters.
    pub(crate) fn characters(&self) -> Result<Arc<Characters>, NotReached> {
        self.characters.get()
    }

    /// The sentences of results.
    pub(crate) fn result_texts(&self) -> Result<Arc<ResultTexts>, NotReached> {
        self.result_texts.get()
    }

    /// What the self-check asks.
    pub(crate) fn self_check(&self) -> Result<Arc<SelfCheck>, NotReached> {
        self.self_check.get()
    }

    /// Whom a member can call; none where the settings name nobody, or auth was never reached (a self-check is kept even
    /// so, and its sentence stands without them).
    pub(crate) fn support_lines(&self) -> Vec<SupportLine> {
        self.app_settings.get().map_or_else(|_| Vec::new(), |known| known.support.lines.clone())
    }

    /// The catalog says that it has something newer of a kind.
    pub(crate) fn revalidate(&self, kind: &str) {
        match kind {
            "instruments" => {
                self.mini20.revalidate();
                self.full50.revalidate();
            }
            "characters" => self.characters.revalidate(),
            "result-texts" => self.result_texts.revalidate(),
            "self-check" => self.self_check.revalidate(),
            _ => {}
        }
    }
}

/// Keeps a document without which nothing can be answered.
fn need<T: DeserializeOwned + 'static>(
    startup: &Startup,
    part: &'static str,
    document: &Cached<T>,
) {
    let readiness: Readiness = startup.readiness.clone();
    readiness.wait_for(part, "not asked yet");
    startup.spawn(document.clone().keep(move |known| match known {
        Ok(()) => readiness.reached(part),
        Err(error) => readiness.wait_for(part, error.to_string()),
    }));
}
