//! A whole result: everything a test says, as a pure function of what went in.

use std::collections::BTreeSet;

use contracts::PerTrait;
use contracts::characters::Characters;
use contracts::events::Tendencies;
use contracts::instruments::Instrument;
use jiff::Timestamp;
use uuid::Uuid;

use super::answers::Answers;
use super::characters::{self, Choice};
use super::instruments::InstrumentKey;
use super::preferences::{Preferences, Told};
use super::quality::{self, Flag};
use super::scoring::{self, TraitScore};

/// What goes into a result besides the reference data; all of it is kept with the result.
#[derive(Clone, Debug)]
pub struct Given {
    /// Every item, as answered.
    pub answers: Answers,
    /// The items among them whose answers were given to an earlier, shorter test.
    pub carried_over: BTreeSet<i16>,
    /// How long the member took, where that is known.
    pub seconds_per_item: Option<f64>,
    /// The character that held before.
    pub previous_character: Option<String>,
    /// The preferences the member had told by then.
    pub told: Told,
}

/// A result as it is kept: what came out, what it was measured with, and what went in besides the answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AnalysisResult {
    /// Its id; a later result has a greater one.
    pub(crate) id: Uuid,
    /// Where its answers are.
    pub(crate) session_id: Uuid,
    /// Which test.
    pub(crate) instrument: InstrumentKey,
    /// Which version of its items, keys and norms.
    pub(crate) instrument_version: i32,
    /// Which version of the rules.
    pub(crate) scorer_version: i32,
    /// Against whom.
    pub(crate) norm_set: String,
    /// Which version of the characters.
    pub(crate) characters_version: i32,
    /// As in [`Given`].
    pub(crate) seconds_per_item: Option<f64>,
    /// As in [`Given`].
    pub(crate) previous_character: Option<String>,
    /// What came out.
    pub(crate) outcome: Outcome,
    /// When.
    pub(crate) created_at: Timestamp,
}

/// What comes out. The same instrument, characters and input give the same bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Scores.
    pub traits: PerTrait<TraitScore>,
    /// The character.
    pub choice: Choice,
    /// Preferences.
    pub preferences: Preferences,
    /// Signs that answers were not meant.
    pub quality: Vec<Flag>,
}

impl Outcome {
    /// Computes a result.
    pub fn of(instrument: &Instrument, characters: &Characters, given: &Given) -> Self {
        let traits = scoring::score(instrument, &given.answers);
        let z = PerTrait::from_fn(|of| traits.get(of).z);
        let previous = given.previous_character.as_deref();
        Outcome {
            choice: characters::choose(characters, &z, previous),
            preferences: Preferences::of(&traits, given.told),
            quality: quality::flags(instrument, given),
            traits,
        }
    }
}

impl AnalysisResult {
    /// What other services are told.
    pub(crate) fn tendencies(&self) -> Tendencies {
        let traits = &self.outcome.traits;
        Tendencies {
            analysis_id: self.id,
            character_key: self.outcome.choice.character_key.clone(),
            scores: PerTrait::from_fn(|of| traits.get(of).score),
            z: PerTrait::from_fn(|of| traits.get(of).z),
        }
    }
}
