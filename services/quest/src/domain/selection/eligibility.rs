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

/// Why a template should not be given. In the order in which obstacles are overlooked when a day cannot be filled
/// without: a day is never empty while the library has templates. Two of one category on a day come between
/// [`Obstacle::CoolingDown`] and [`Obstacle::TooDifficult`]; what rests is used up before a day becomes one-sided, and
/// a day becomes one-sided before it becomes hard. The library's own tests see to it that the last two are not met.
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
    /// It works against a trait of the member, unasked.
    AgainstTheGrain,
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
        let Situation {
            member, date, past, ..
        } = *situation;
        let rate = recent_rate(past, date);
        let check = member.check_for(date);
        let easy_day = check.is_some_and(|check| check.low_mood || check.energy <= LOW_ENERGY);
        Limits {
            rate,
            most_difficult: if easy_day {
                1
            } else {
                1 + (2.0 * rate).floor() as i16
            },
            easy_day,
            date,
            z: member.z.as_ref(),
            goal: member.goal,
            last_given: newest(past.iter()),
            last_done: newest(
                past.iter()
                    .filter(|quest| quest.status == Status::Completed),
            ),
        }
    }

    /// The greatest obstacle of a template by itself.
    pub(super) fn obstacle(&self, template: &QuestTemplate) -> Option<Obstacle> {
        let within = |last: &HashMap<&str, Date>, days| {
            last.get(template.code.as_str())
                .is_some_and(|given| days_between(*given, self.date) <= days)
        };
        if works_against(template, self.goal, self.z) {
            Some(Obstacle::AgainstTheGrain)
        } else if template.difficulty > self.most_difficult {
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

/// Whether a quest works against a trait the member has, or against where they wish to go. Without a goal nobody is
/// given less of a trait, or more of one that is low: a low trait is never repaired unasked (domain.md, "Quests").
fn works_against(template: &QuestTemplate, goal: Option<Goal>, z: Option<&PerTrait<f64>>) -> bool {
    let Some(of) = template.of else { return false };
    match goal {
        Some(goal) if goal.of == of => goal.direction != template.direction,
        _ => template.direction == Direction::Less || z.is_some_and(|z| *z.get(of) < LOW_Z),
    }
}

/// The share of a member's recent quests that were completed.
fn recent_rate(past: &[PastQuest], date: Date) -> f64 {
    let recent = past
        .iter()
        .filter(|quest| days_between(quest.date, date) <= RECENT_DAYS);
    let (given, done) = recent.fold((0, 0), |(given, done), quest| {
        (
            given + 1,
            done + usize::from(quest.status == Status::Completed),
        )
    });
    if given < FEWEST_TO_RATE {
        RATE_OF_NEW_MEMBERS
    } else {
        done as f64 / given as f64
    }
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
