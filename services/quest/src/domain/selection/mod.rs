//! Which three quests a member is given on a day, and why.
//!
//! [`eligibility`] says what may be given, [`score`] how well it suits, [`draw`] picks, [`reason`] says what decided.
//! The same member, date and versions always give the same three: whatever looks like chance comes from a seeded hash.
//! Every candidate's score and the probability with which it was picked are part of the [`Offer`], so that the rules
//! can be judged afterwards by what became of the quests.

mod draw;
mod eligibility;
mod reason;
mod score;

use std::collections::HashMap;

use contracts::quest_templates::{QuestTemplate, QuestTemplates};
use jiff::civil::Date;
use serde::Serialize;

use super::members::Member;
use super::quests::Status;
pub(crate) use eligibility::Obstacle;
pub(crate) use reason::Reason;

/// The version of these rules: part of the seed, and kept with every offer.
pub(crate) const RULES_VERSION: i32 = 1;

/// Quests a day (domain.md, "Quests").
pub(crate) const QUESTS_A_DAY: usize = 3;

/// How many days of a member's past the rules look at. Ours: a season; it also bounds the query.
pub(crate) const DAYS_REMEMBERED: i32 = 90;

/// Everything a choice depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation<'a> {
    /// For whom.
    pub(crate) member: &'a Member,
    /// For which of their dates.
    pub(crate) date: Date,
    /// What there is to choose from.
    pub(crate) library: &'a QuestTemplates,
    /// What the member was given in the last [`DAYS_REMEMBERED`] days, before this date.
    pub(crate) past: &'a [PastQuest],
    /// What became of each template with all members.
    pub(crate) outcomes: &'a Outcomes,
}

/// What a member was given, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PastQuest {
    /// The template's code.
    pub(crate) code: String,
    /// Its category.
    pub(crate) category: String,
    /// The date it was given for.
    pub(crate) date: Date,
    /// What became of it.
    pub(crate) status: Status,
}

/// How often something was completed, and how often it was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Completed.
    pub(crate) done: i64,
    /// Given and not completed.
    pub(crate) missed: i64,
}

/// Outcomes by template code.
pub(crate) type Outcomes = HashMap<String, Outcome>;

/// A day's choice.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// In the order in which they are shown.
    pub(crate) picks: Vec<Pick>,
    /// All that could have been picked.
    pub(crate) candidates: Vec<Candidate>,
    /// What the choice went by.
    pub(crate) basis: Basis,
}

/// One picked quest.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    /// What to do.
    pub(crate) template: QuestTemplate,
    /// What decided it.
    pub(crate) reason: Reason,
    /// Whether it was drawn at random.
    pub(crate) random: bool,
}

/// One template that could have been picked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// The template.
    pub(crate) code: String,
    /// Goal and trait match, topics, completion, context: 0 to 1 each.
    pub(crate) parts: [f64; 4],
    /// Their weighted sum.
    pub(crate) score: f64,
    /// For each slot, the probability of being picked there, given what the slots before it were given.
    pub(crate) propensity: Vec<f64>,
}

/// What a choice went by, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Basis {
    /// The member's recent completion rate.
    pub(crate) rate: f64,
    /// The highest difficulty that was wanted.
    pub(crate) most_difficult: i16,
    /// Whether the self-check asked for an easy day.
    pub(crate) easy_day: bool,
    /// The greatest obstacle that had to be overlooked to fill the day; none as a rule.
    pub(crate) overlooked: Option<Obstacle>,
}

impl Situation<'_> {
    /// Chooses the day's quests: three, or as many as the library has.
    pub(crate) fn choose(&self) -> Offer {
        let limits = eligibility::Limits::of(self);
        let scored = score::all(self, &limits);
        draw::draw(self, &limits, &scored)
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
