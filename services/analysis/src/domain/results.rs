//! A whole result: everything a test says, as a pure function of what went in.

use std::collections::BTreeSet;

use contracts::PerTrait;
use contracts::characters::Characters;
use contracts::events::Tendencies;
use contracts::instruments::Instrument;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::answers::Answers;
use super::characters::{self, Choice};
use super::instruments::InstrumentKey;
use super::preferences::{Preferences, Told};
use super::quality::{self, Flag};
use super::scoring::{self, TraitScore};

/// Answers to the 20 older than this are asked again in the 50: after so long it is a retest.
const GOES_ON_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The clocks of two replicas may differ: a member's next result is later than the one before by so much at least, which is
/// the finest that the database keeps.
const APART: SignedDuration = SignedDuration::from_micros(1);

/// What goes into a result besides the reference data; all of it is kept with the result.
#[derive(Clone, Debug)]
pub struct Given {
    /// Every item, as answered.
    pub answers: Answers,
    /// The items among them whose answers were given to an earlier, shorter test.
    pub carried_over: BTreeSet<i16>,
    /// How long the member took, where that is known.
    pub seconds_per_item: Option<f64>,
    /// The character that a retest is held against (`AnalysisResult::held_against`).
    pub previous_character: Option<String>,
    /// The preferences the member had told by then.
    pub told: Told,
}

/// A result as it is kept: what came out, what it was measured with, and what went in besides the answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AnalysisResult {
    /// Its id.
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
    /// When it was submitted; later than every result of the member before it.
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
    /// Whether a test begun at an instant goes on from this one: a longer one that asks the same statements and more, while
    /// the answers are recent.
    pub(crate) fn goes_on_in(&self, longer: InstrumentKey, begun_at: Timestamp) -> bool {
        let is_recent = begun_at.duration_since(self.created_at) <= GOES_ON_FOR;
        self.instrument.is_part_of(longer) && is_recent
    }

    /// The character that the next test is held against (domain.md, "The characters": on a retest the old one is kept unless
    /// another is clearly closer). That damps the noise between two takings. A 50 that goes on from a 20 is the same
    /// taking, measured better: it takes the place of the 20, and is held against what held before that.
    pub(crate) fn held_against(self, next: InstrumentKey, begun_at: Timestamp) -> Option<String> {
        if self.goes_on_in(next, begun_at) {
            self.previous_character
        } else {
            Some(self.outcome.choice.character_key)
        }
    }

    /// When a result that follows this one was submitted, by a clock that may be behind.
    pub(crate) fn followed_at(&self, now: Timestamp) -> Timestamp {
        now.max(self.created_at + APART)
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    const SUBMITTED_AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn result(instrument: InstrumentKey) -> AnalysisResult {
        let mini20 = fixtures::mini20();
        let given = fixtures::given(&mini20, &fixtures::worked_cases()[0].answers);
        AnalysisResult {
            id: Uuid::nil(),
            session_id: Uuid::nil(),
            instrument,
            instrument_version: 1,
            scorer_version: scoring::SCORER_VERSION,
            norm_set: mini20.norm_set.clone(),
            characters_version: 1,
            seconds_per_item: None,
            previous_character: Some("anchor".to_owned()),
            outcome: Outcome::of(&mini20, &fixtures::characters(), &given),
            created_at: SUBMITTED_AT,
        }
    }

    fn after_days(days: i64) -> Timestamp {
        SUBMITTED_AT + SignedDuration::from_hours(days * 24)
    }

    #[test]
    fn only_the_short_test_goes_on_and_only_while_it_is_recent() {
        use InstrumentKey::{Full50, Mini20};
        assert!(result(Mini20).goes_on_in(Full50, after_days(90)));
        assert!(!result(Mini20).goes_on_in(Full50, after_days(91)));
        assert!(!result(Mini20).goes_on_in(Mini20, after_days(1)));
        assert!(!result(Full50).goes_on_in(Full50, after_days(1)));
        assert!(!result(Full50).goes_on_in(Mini20, after_days(1)));
    }

    #[test]
    fn a_test_that_goes_on_is_held_against_what_held_before_the_first() {
        use InstrumentKey::{Full50, Mini20};
        let against = |first, next, days| result(first).held_against(next, after_days(days));
        assert_eq!(against(Mini20, Full50, 0).as_deref(), Some("anchor"));
        for (first, next, days) in [(Mini20, Full50, 91), (Mini20, Mini20, 0), (Full50, Mini20, 0)]
        {
            assert_eq!(against(first, next, days).as_deref(), Some("spark"));
        }
    }

    #[test]
    fn a_result_is_later_than_the_one_before_it() {
        let first = result(InstrumentKey::Mini20);
        assert_eq!(first.followed_at(after_days(1)), after_days(1));
        for behind in [SUBMITTED_AT, after_days(-1)] {
            assert_eq!(first.followed_at(behind), SUBMITTED_AT + APART);
        }
    }
}
