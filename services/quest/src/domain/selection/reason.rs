//! Why a quest was given: the part of its score that lifts it most above the average of what could have been given.

use contracts::{Direction, Trait};
use serde::{Deserialize, Serialize};

use super::eligibility::{Limits, STRENGTH_Z};
use super::score::{
    NEED_SHARE, NEUTRAL, Scored, WEIGHTS, best_topic, fit, greatest_need, preferences,
};
use super::{Outcome, Situation};

/// A part decides only if it lifts the score by this much. Ours: enough to be more than a tie.
const SMALLEST_LIFT: f64 = 0.01;

/// So many completed quests in a category are called practice. Ours: the third time is no accident.
const ENOUGH_PRACTICE: i64 = 3;

/// When so many members have done it, and most of those who were given it, a quest is called popular. Ours.
const ENOUGH_TO_BE_POPULAR: i64 = 30;

/// A need of this size is worth telling, 0 to 1. Ours: 3 or less on the scale of the self-check, as low as energy is on
/// an easy day; who answered 4 would not call it low.
const NEED_WORTH_TELLING: f64 = 0.4;

/// What decided; kept with the quest, and put into words when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It leads where the member wishes to go.
    Goal {
        /// The trait of the goal.
        #[serde(rename = "trait")]
        of: Trait,
        /// Which way.
        direction: Direction,
    },
    /// It uses a strength of the member.
    Strength {
        /// The strength.
        #[serde(rename = "trait")]
        of: Trait,
    },
    /// The member writes about it.
    Topic {
        /// The topic's key.
        topic: String,
    },
    /// The member does well in its category.
    Practised {
        /// The category.
        category: String,
    },
    /// It does well with others.
    Popular,
    /// It is a small start.
    EasyStart,
    /// It eases what the member's self-check showed.
    Need {
        /// The item of the self-check.
        item: String,
        /// Whether that self-check was the day before.
        yesterday: bool,
    },
    /// It is like what the member said they feel like.
    Preference {
        /// `activity social pace`.
        kind: String,
        /// What they said.
        value: String,
    },
    /// The self-check asked for an easy day.
    EasyDay,
    /// It was drawn at random.
    Random,
    /// It makes the day varied.
    Variety {
        /// What it adds.
        category: String,
    },
    /// What another release of the service has to say.
    #[serde(other)]
    Other,
}

/// What decided for a quest that was picked as the best.
pub(super) fn what_decided(
    situation: &Situation<'_>,
    limits: &Limits<'_>,
    pick: &Scored<'_>,
    scored: &[Scored<'_>],
    first: bool,
) -> Reason {
    let others = scored.iter().filter(|other| other.obstacle == pick.obstacle);
    let count = others.clone().count().max(1) as f64;
    let mut lifts = [0, 1, 2, 3].map(|part| {
        let average = others.clone().map(|other| other.parts[part]).sum::<f64>() / count;
        (part, WEIGHTS[part] * (pick.parts[part] - average))
    });
    lifts.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let decided = lifts
        .into_iter()
        .take_while(|(_, lift)| *lift >= SMALLEST_LIFT)
        .find_map(|(part, _)| in_words(part, situation, pick, first));
    match decided {
        // What made the day easy decided more than what was chosen within it, unless that is the member's own wish.
        Some(Reason::EasyStart | Reason::Popular | Reason::Practised { .. }) | None
            if limits.easy_day =>
        {
            Reason::EasyDay
        }
        Some(reason) => reason,
        None if first && pick.template.difficulty == 1 => Reason::EasyStart,
        None => Reason::Variety { category: pick.template.category.clone() },
    }
}

/// Whether something was done often, and more often than not.
fn is_success(outcome: Outcome, often: i64) -> bool {
    outcome.done >= often && outcome.done > outcome.missed
}

/// What a part has to say for a quest; none when it has nothing that can be told.
fn in_words(
    part: usize,
    situation: &Situation<'_>,
    pick: &Scored<'_>,
    first: bool,
) -> Option<Reason> {
    let template = pick.template;
    let member = situation.member;
    match part {
        0 => {
            let of = template.of?;
            match member.goal {
                Some(goal) if goal.of == of => Some(Reason::Goal { of, direction: goal.direction }),
                _ => (*member.z.as_ref()?.get(of) > STRENGTH_Z).then_some(Reason::Strength { of }),
            }
        }
        1 => {
            let topic = best_topic(template, &member.topics)?.topic.clone();
            Some(Reason::Topic { topic })
        }
        2 if is_success(pick.own, ENOUGH_PRACTICE) => {
            Some(Reason::Practised { category: template.category.clone() })
        }
        // Said once a day: what follows is chosen to differ from it.
        2 if template.difficulty == 1 => first.then_some(Reason::EasyStart),
        2 => is_success(pick.common, ENOUGH_TO_BE_POPULAR).then_some(Reason::Popular),
        _ => {
            let check = member.check_for(situation.date)?;
            let need =
                greatest_need(template, check).filter(|(_, need)| *need >= NEED_WORTH_TELLING);
            let by_need = need.map_or(0.0, |(_, need)| NEED_SHARE * need);
            let by_fit = (1.0 - NEED_SHARE) * (fit(template, check) - NEUTRAL);
            match need {
                Some((item, _)) if by_need >= by_fit => Some(Reason::Need {
                    item: item.to_owned(),
                    yesterday: check.date < situation.date,
                }),
                _ => preferences(template, check).into_iter().find_map(|(kind, wish, is)| {
                    (wish == Some(is) && !matches!(is, "either" | "any"))
                        .then(|| Reason::Preference { kind: kind.to_owned(), value: is.to_owned() })
                }),
            }
        }
    }
}
