//! The library quests are made from. `GET /int/catalog/quest-templates`: the newest version of each that is not withdrawn.

use serde::{Deserialize, Serialize};

use crate::{Direction, Text, Trait};

/// The whole library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestTemplates {
    /// Grows by one with every change of any template.
    pub version: i64,
    /// By code.
    pub items: Vec<QuestTemplate>,
}

/// One small thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QuestTemplate {
    /// Stable and never used again, for example `E01`.
    pub code: String,
    /// Grows by one with every change of this template.
    #[serde(default = "first")]
    pub version: i32,
    /// One of a closed list; a day never holds two of one category.
    pub category: String,
    /// The trait it practises; none for quests that suit anybody (`any` in the data file).
    #[serde(rename = "trait", with = "any_trait")]
    #[schema(value_type = String)]
    pub of: Option<Trait>,
    /// Which way it leads.
    pub direction: Direction,
    /// 1 to 3.
    pub difficulty: i16,
    /// How long it takes.
    pub minutes: i16,
    /// The self-check items it eases: `mood energy stress sleep focus relationships`.
    pub helps: Vec<String>,
    /// The interests it suits.
    pub topics: Vec<String>,
    /// Where: `indoors`, `outdoors`, `either`.
    pub activity: String,
    /// With whom: `alone`, `few`, `many`, `any`.
    pub social: String,
    /// How fast: `slow`, `steady`, `lively`, `any`.
    pub pace: String,
    /// What it rests on: `II FT PE BA HB`.
    pub evidence: String,
    /// What to do.
    pub title: Text,
    /// The if-part of an if-then plan.
    pub cue: Text,
}

fn first() -> i32 {
    1
}

/// `any` on the wire, none in the code.
mod any_trait {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Trait;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire {
        Named(Trait),
        Any(Any),
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Any {
        Any,
    }

    pub(super) fn serialize<S: Serializer>(
        of: &Option<Trait>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match of {
            Some(of) => of.serialize(serializer),
            None => Any::Any.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Trait>, D::Error> {
        Ok(match Wire::deserialize(deserializer)? {
            Wire::Named(of) => Some(of),
            Wire::Any(Any::Any) => None,
        })
    }
}
