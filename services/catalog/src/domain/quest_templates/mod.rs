//! Quest templates: what one may say ([`Draft`]), how versions follow each other (`plan`), which are asked for
//! (`Filter`).

mod draft;
mod history;

use contracts::Trait;
use contracts::quest_templates::QuestTemplate;

pub use draft::Draft;
pub(crate) use draft::{one_of, trait_or_any};
pub(crate) use history::{Entry, Source, plan};

/// Kinds of quests; a day never has two of a kind.
pub const CATEGORIES: [&str; 20] = [
    "social",
    "recharge",
    "kindness",
    "boundary",
    "order",
    "plan",
    "focus",
    "flex",
    "calm",
    "sleep",
    "gratitude",
    "activate",
    "move",
    "curious",
    "create",
    "ground",
    "reflect",
    "connect",
    "nature",
    "digital",
];
/// Interests a quest may suit.
pub const TOPICS: [&str; 20] = [
    "books",
    "writing",
    "music",
    "film",
    "art",
    "photography",
    "games",
    "technology",
    "science",
    "learning",
    "work",
    "money",
    "food",
    "travel",
    "nature",
    "fitness",
    "animals",
    "home",
    "family",
    "health",
];
/// The answers of the self-check that a quest may ease.
pub const HELPS: [&str; 6] = ["mood", "energy", "stress", "sleep", "focus", "relationships"];
/// Where.
pub const ACTIVITIES: [&str; 3] = ["indoors", "outdoors", "either"];
/// With whom.
pub const SOCIAL: [&str; 4] = ["alone", "few", "many", "any"];
/// How fast.
pub const PACES: [&str; 4] = ["slow", "steady", "lively", "any"];
/// What a quest rests on: if-then plan, acting out the trait, coaching apps, pleasant activity, habit.
pub const EVIDENCE: [&str; 5] = ["II", "FT", "PE", "BA", "HB"];

/// The trait of a quest that suits anybody, on the wire.
pub const ANY: &str = "any";

/// The trait of a name; `any` is none. None at all where the name is unknown.
pub(crate) fn trait_named(name: &str) -> Option<Option<Trait>> {
    if name == ANY {
        return Some(None);
    }
    Trait::ALL.into_iter().find(|of| of.key() == name).map(Some)
}

/// Which templates are asked for; what is none admits all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// This kind.
    pub(crate) category: Option<String>,
    /// This trait, or the templates that suit anybody.
    pub(crate) of: Option<Option<Trait>>,
    /// These words, in any case, in code, title or cue of any language.
    pub(crate) words: Option<String>,
}

impl Filter {
    /// Whether a template is one of them.
    pub(crate) fn admits(&self, template: &QuestTemplate) -> bool {
        let QuestTemplate { code, title, cue, .. } = template;
        let holds = |words: &String| {
            let words = words.to_lowercase();
            [code, &title.ko, &title.en, &cue.ko, &cue.en]
                .iter()
                .any(|text| text.to_lowercase().contains(&words))
        };
        self.category.as_ref().is_none_or(|category| *category == template.category)
            && self.of.is_none_or(|of| of == template.of)
            && self.words.as_ref().is_none_or(holds)
    }
}
