//! What may be given to a member on a day, and what is overlooked first when that is too little.

use std::collections::HashMap;

use contracts::quest_templates::QuestTemplate;
use contracts::{Direction, PerTrait};
use jiff::civil::Date;
use serde::Serialize;

use super::{PastQuest, Situation};
use crate::domain::goals::Goal;
use crate::domain::pauses::days_between;
use crate::domain::quests::Status;

/// What was done is not given again for so many days (domain.md, "Quests").
const DAYS_AFTER_DONE: i32 = 14;

/// What was given is not given again for so many days (domain.md, "Quests").
const COOL_DOWN_DAYS: i32 = 4;

/// The days whose quests make the recent completion rate. Ours: a fortnight, as long as what was done rests.
const RECENT_DAYS: i32 = 14;

/// The completion rate a new member counts as (domain.md, "Quests").
const RATE_OF_NEW_MEMBERS: f64 = 0.5;

/// With fewer recent quests than this a member counts as new. Ours: two days' worth, so that one good or bad day does
/// not set the difficulty.
const FEWEST_TO_RATE: usize = 6;

/// At this energy or less the day is easy (domain.md, "Quests").
pub(super) const LOW_ENERGY: i16 = 3;

/// A trait below this is low: T below 45 (domain.md, "The personality test").
const LOW_Z: f64 = -0.5;

/// A trait above this is a strength: T above 55 (domain.md, "The personality test").
pub(super) const STRENGTH_Z: f64 = 0.5;

/// Why a template that suits the member should not be given now. In the order in which obstacles are overlooked when a
/// day cannot be filled without. Two of one category on a day come between [`Obstacle::CoolingDown`] and
/// [`Obstacle::TooDifficult`]; what rests is used up before a day becomes one-sided, and a day becomes one-sided before
/// it becomes hard. The fortnights of `simulation.rs` see to it that with the real library it comes to neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Obstacle {
    /// The member has done it in the last fortnight.
    DoneLately,
    /// The member was given it in the last days.
    CoolingDown,
    /// Another of its category is in the day already.
    SameCategory,
    /// It is more difficult than what the member manages at present.
    TooDifficult,
}

/// What a member can be asked on a day.
#[derive(Debug)]
pub(super) struct Limits<'a> {
    pub(super) rate: f64,
    pub(super) most_difficult: i16,
    pub(super) easy_day: bool,
    date: Date,
    z: Option<&'a PerTrait<f64>>,
    goal: Option<Goal>,
    last_given: HashMap<&'a str, Date>,
    last_done: HashMap<&'a str, Date>,
}

impl<'a> Limits<'a> {
    pub(super) fn of(situation: &Situation<'a>) -> Self {
        let Situation { member, date, past, .. } = *situation;
        let rate = recent_rate(past, date);
        let check = member.check_for(date);
        let easy_day = check.is_some_and(|check| check.low_mood || check.energy <= LOW_ENERGY);
        Limits {
            rate,
            most_difficult: if easy_day { 1 } else { 1 + (2.0 * rate).floor() as i16 },
            easy_day,
            date,
            z: member.z.as_ref(),
            goal: member.goal,
            last_given: newest(past.iter()),
            last_done: newest(past.iter().filter(|quest| quest.status == Status::Completed)),
        }
    }

    /// Whether a template may ever be given to the member, however empty the day: a neutral one; one that leads to their
    /// goal; one for more of a strength, or, beside a goal, of what is not low. A low trait is never repaired unasked
    /// (domain.md, "Quests"), and before the first test nobody knows which are low.
    pub(super) fn suits(&self, template: &QuestTemplate) -> bool {
        let Some(of) = template.of else { return true };
        let is = |such: fn(f64) -> bool| self.z.is_some_and(|z| such(*z.get(of)));
        match self.goal {
            Some(goal) if goal.of == of => template.direction == goal.direction,
            _ if template.direction == Direction::Less => false,
            Some(_) => is(|z| z >= LOW_Z),
            None => is(|z| z > STRENGTH_Z),
        }
    }

    /// The greatest obstacle of a template by itself.
    pub(super) fn obstacle(&self, template: &QuestTemplate) -> Option<Obstacle> {
        let within = |last: &HashMap<&str, Date>, days| {
            last.get(template.code.as_str())
                .is_some_and(|given| days_between(*given, self.date) <= days)
        };
        if template.difficulty > self.most_difficult {
            Some(Obstacle::TooDifficult)
        } else if within(&self.last_given, COOL_DOWN_DAYS) {
            Some(Obstacle::CoolingDown)
        } else if within(&self.last_done, DAYS_AFTER_DONE) {
            Some(Obstacle::DoneLately)
        } else {
            None
        }
    }
}

/// The share of a member's recent quests that were completed.
fn recent_rate(past: &[PastQuest], date: Date) -> f64 {
    let recent = past.iter().filter(|quest| days_between(quest.date, date) <= RECENT_DAYS);
    let (given, done) = recent.fold((0, 0), |(given, done), quest| {
        (given + 1, done + usize::from(quest.status == Status::Completed))
    });
    if given < FEWEST_TO_RATE { RATE_OF_NEW_MEMBERS } else { done as f64 / given as f64 }
}

/// The newest date of each template.
fn newest<'a>(quests: impl Iterator<Item = &'a PastQuest>) -> HashMap<&'a str, Date> {
    let mut dates = HashMap::new();
    for quest in quests {
        let date = dates.entry(quest.code.as_str()).or_insert(quest.date);
        *date = quest.date.max(*date);
    }
    dates
}
