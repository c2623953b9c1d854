//! What the catalog holds: every version that may still be asked for, and what now holds of each kind.

use std::collections::BTreeMap;

use contracts::characters::Characters;
use contracts::instruments::Instrument;
use contracts::quest_templates::QuestTemplates;
use contracts::result_texts::ResultTexts;
use contracts::self_check::SelfCheck;

use super::files::Drawing;

/// A kind of reference data, as `catalog.updated` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The tests.
    Instruments,
    /// The characters.
    Characters,
    /// The quest library.
    QuestTemplates,
    /// The sentences of results.
    ResultTexts,
    /// The self-check.
    SelfCheck,
}

impl Kind {
    /// All there are.
    pub(crate) const ALL: [Kind; 5] = [
        Kind::Instruments,
        Kind::Characters,
        Kind::QuestTemplates,
        Kind::ResultTexts,
        Kind::SelfCheck,
    ];

    /// The name in events and in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Kind::Instruments => "instruments",
            Kind::Characters => "characters",
            Kind::QuestTemplates => "quest-templates",
            Kind::ResultTexts => "result-texts",
            Kind::SelfCheck => "self-check",
        }
    }
}

/// The version that holds of each kind, by its key.
pub(crate) type Versions = BTreeMap<String, i64>;

/// Everything that can be read, as of one moment.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    /// What holds of each kind.
    pub(crate) versions: Versions,
    /// Every version of every test, the newest last.
    pub(crate) instruments: Vec<Instrument>,
    /// Every version of the characters, the newest last.
    pub(crate) characters: Vec<Characters>,
    /// Drawings of the newest version.
    pub(crate) drawings: Vec<Drawing>,
    /// The newest version of each template that is not withdrawn, by code.
    pub(crate) quest_templates: QuestTemplates,
    /// The newest sentences.
    pub(crate) result_texts: ResultTexts,
    /// The newest self-check.
    pub(crate) self_check: SelfCheck,
}
