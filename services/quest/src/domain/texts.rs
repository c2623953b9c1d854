//! The words of `data/texts.toml`, and which of them are said when.

use std::collections::{BTreeMap, HashMap};

use contracts::{Direction, Lang, Text, Trait};
use jiff::civil::Date;
use serde::Deserialize;

use super::selection::Reason;
use super::streak::{DAYS_PER_FREEZE, DayKind, MOST_FREEZES, Standing, StreakDay};

const FILE: &str = include_str!("../../data/texts.toml");

/// Every text of the service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    reason: Reasons,
    topics: BTreeMap<String, Text>,
    categories: BTreeMap<String, Text>,
    unknown: Unknown,
    notice: Notices,
    /// What to do next.
    pub(crate) next_step: NextSteps,
    streak: Streaks,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    goal: BTreeMap<Trait, HashMap<Direction, Text>>,
    strength: BTreeMap<Trait, Text>,
    need: BTreeMap<String, Need>,
    preference: BTreeMap<String, BTreeMap<String, Text>>,
    other: OtherReasons,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Need {
    today: Text,
    yesterday: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherReasons {
    topic: Text,
    practised: Text,
    popular: Text,
    easy_start: Text,
    easy_day: Text,
    random: Text,
    variety: Text,
    plain: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unknown {
    topic: Text,
    category: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notices {
    frozen_one: Text,
    frozen_many: Text,
    welcome_back: Text,
}

/// What home proposes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextSteps {
    /// There is no character yet.
    pub(crate) take_test: Text,
    /// There is no self-check of today yet.
    pub(crate) self_check: Text,
    /// There is an open quest: `{cue}`, `{title}`.
    pub(crate) quest: Text,
    /// Nothing is left to do.
    pub(crate) done: Text,
    /// The member is on a pause: `{until}`.
    pub(crate) paused: Text,
    /// The day's quests cannot be given yet.
    pub(crate) wait: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Streaks {
    day: StreakDays,
    why: StreakWhy,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StreakDays {
    completed: Text,
    skipped: Text,
    paused: Text,
    outage: Text,
    frozen: Text,
    missed: Text,
    open: Text,
    earned_freeze: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StreakWhy {
    none: Text,
    running: Text,
    open: Text,
    frozen: Text,
    neutral: Text,
    freeze: Text,
}

impl Texts {
    /// Reads the file that the service was built with.
    pub(crate) fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(FILE)
    }

    /// Why a quest was given.
    pub(crate) fn reason(&self, reason: &Reason, lang: Lang) -> String {
        let Reasons { goal, strength, need, preference, other } = &self.reason;
        let text = match reason {
            Reason::Goal { of, direction } => goal.get(of).and_then(|ways| ways.get(direction)),
            Reason::Strength { of } => strength.get(of),
            Reason::Topic { topic } => {
                let name = self.topics.get(topic).unwrap_or(&self.unknown.topic);
                return fill(other.topic.get(lang), "topic", name.get(lang));
            }
            Reason::Practised { category } => {
                return fill(other.practised.get(lang), "category", self.category(category, lang));
            }
            Reason::Popular => Some(&other.popular),
            Reason::EasyStart => Some(&other.easy_start),
            Reason::EasyDay => Some(&other.easy_day),
            Reason::Need { item, yesterday } => {
                need.get(item).map(|need| if *yesterday { &need.yesterday } else { &need.today })
            }
            Reason::Preference { kind, value } => {
                preference.get(kind).and_then(|values| values.get(value))
            }
            Reason::Random => Some(&other.random),
            Reason::Variety { category } => {
                return fill(other.variety.get(lang), "category", self.category(category, lang));
            }
            Reason::Other => None,
        };
        // What has no words in this release is told as what is always true.
        text.unwrap_or(&other.plain).get(lang).clone()
    }

    /// What a category is called in a sentence.
    fn category(&self, key: &str, lang: Lang) -> &str {
        self.categories.get(key).unwrap_or(&self.unknown.category).get(lang)
    }

    /// What is worth telling a member who comes back after days without a quest.
    pub(crate) fn notice(&self, standing: &Standing, lang: Lang) -> Option<String> {
        let Notices { frozen_one, frozen_many, welcome_back } = &self.notice;
        match (standing.missed, standing.frozen) {
            (1.., _) => Some(welcome_back.get(lang).clone()),
            (_, 1) => Some(frozen_one.get(lang).clone()),
            (_, 2..) => Some(fill(frozen_many.get(lang), "count", &standing.frozen.to_string())),
            _ => None,
        }
    }

    /// What a day was for the streak.
    pub(crate) fn streak_day(&self, day: &StreakDay, lang: Lang) -> String {
        let texts = &self.streak.day;
        let kind = match day.kind {
            DayKind::Completed => &texts.completed,
            DayKind::Skipped => &texts.skipped,
            DayKind::Paused => &texts.paused,
            DayKind::Outage => &texts.outage,
            DayKind::Frozen => &texts.frozen,
            DayKind::Missed => &texts.missed,
            DayKind::Open => &texts.open,
        };
        if day.earned_freeze {
            format!("{}. {}", kind.get(lang), texts.earned_freeze.get(lang))
        } else {
            kind.get(lang).clone()
        }
    }

    /// Why a streak is what it is: `days` are those since its first one.
    pub(crate) fn streak_why(&self, days: &[StreakDay], lang: Lang) -> String {
        let texts = &self.streak.why;
        let count_of = |kinds: &[DayKind]| {
            i32::try_from(days.iter().filter(|day| kinds.contains(&day.kind)).count())
                .unwrap_or(i32::MAX)
        };
        let standing = days.last().map(|day| day.standing).unwrap_or_default();
        let is_open = days.last().is_some_and(|day| day.kind == DayKind::Open);
        let neutral = [DayKind::Skipped, DayKind::Paused, DayKind::Outage];
        // None is promised to who holds all that are kept.
        let to_next_freeze = if standing.freezes < MOST_FREEZES {
            DAYS_PER_FREEZE - standing.completed_days % DAYS_PER_FREEZE
        } else {
            0
        };
        let said = if standing.current == 0 {
            vec![(&texts.none, 0)]
        } else {
            vec![
                (&texts.running, standing.current),
                (&texts.frozen, count_of(&[DayKind::Frozen])),
                (&texts.neutral, count_of(&neutral)),
                (&texts.open, if is_open { standing.current + 1 } else { 0 }),
                (&texts.freeze, to_next_freeze),
            ]
        };
        let sentences = said
            .into_iter()
            .filter(|(_, count)| *count > 0 || standing.current == 0)
            .map(|(text, count)| fill(text.get(lang), "count", &count.to_string()));
        sentences.collect::<Vec<_>>().join(" ")
    }
}

impl Texts {
    /// A date as it is said.
    pub(crate) fn date(date: Date, lang: Lang) -> String {
        let format = match lang {
            Lang::Ko => "%-m월 %-d일",
            Lang::En => "%-d %B",
        };
        date.strftime(format).to_string()
    }
}

/// Puts a value where its name stands in braces.
pub(crate) fn fill(text: &str, name: &str, value: &str) -> String {
    text.replace(&format!("{{{name}}}"), value)
}

#[cfg(test)]
mod tests;
