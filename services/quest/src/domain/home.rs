//! A member's home: all that is shown at a glance.

use jiff::Timestamp;
use jiff::civil::Date;

use super::day::Calendar;
use super::member_days::MemberDay;
use super::pauses::Pause;
use super::quests::{Quest, Status};

/// A member as of the last day they looked at.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// What the member is called, where auth has told it.
    pub(crate) name: Option<String>,
    /// The member's locale, where auth has told it.
    pub(crate) locale: Option<String>,
    /// The character that now holds.
    pub(crate) character_key: Option<String>,
    /// The date of the last self-check.
    pub(crate) self_check_on: Option<Date>,
    /// Which day it is.
    pub(crate) calendar: Calendar,
    /// The last day that was looked at.
    pub(crate) day: Option<MemberDay>,
    /// The quests of that day.
    pub(crate) quests: Vec<Quest>,
    /// The last pause that was declared.
    pub(crate) pause: Option<Pause>,
}

/// What home proposes to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NextStep<'a> {
    /// The member is on a pause.
    Paused(Pause),
    /// Take the test: there is no character yet.
    TakeTest,
    /// The day's quests are on their way.
    Wait,
    /// See how they are today.
    SelfCheck,
    /// Do this one.
    Quest(&'a Quest),
    /// Nothing is left to do.
    Done,
}

impl Home {
    /// The date that runs. A day that was looked at has begun, even where this clock is a little behind.
    pub(crate) fn date(&self, now: Timestamp) -> Date {
        let looked_at = self.day.map_or(Date::MIN, |day| day.date);
        self.calendar.day_at(now).date.max(looked_at)
    }

    /// The pause that a date lies in.
    pub(crate) fn pause_on(&self, date: Date) -> Option<Pause> {
        self.pause.filter(|pause| pause.covers(date))
    }

    /// Whether the member has looked at the day that runs, and was given what there is to give.
    pub(crate) fn is_opened(&self, now: Timestamp) -> bool {
        let today = self.date(now);
        let looked_at = self.day.is_some_and(|day| day.date == today);
        looked_at && (!self.quests.is_empty() || self.pause_on(today).is_some())
    }

    /// What to do next on a date.
    pub(crate) fn next_step(&self, today: Date) -> NextStep<'_> {
        let open = self.quests.iter().find(|quest| quest.status == Status::Open);
        match (self.pause_on(today), open) {
            (Some(pause), _) => NextStep::Paused(pause),
            _ if self.character_key.is_none() => NextStep::TakeTest,
            _ if self.quests.is_empty() => NextStep::Wait,
            _ if self.self_check_on.is_none_or(|date| date < today) => NextStep::SelfCheck,
            (None, Some(quest)) => NextStep::Quest(quest),
            (None, None) => NextStep::Done,
        }
    }
}
