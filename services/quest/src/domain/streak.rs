//! The streak: a pure function of completions, pauses, outages and the calendar. Freezes follow from completions, so
//! nothing of a streak has to be remembered to be known; what is kept (`member_days`) is only for speed.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::day::{Calendar, day_after};
use super::member_days::MemberDay;
use super::pauses::Pause;

/// Every so many completed days earn a freeze (domain.md, "The member's day").
pub(crate) const DAYS_PER_FREEZE: i32 = 7;

/// Freezes beyond these are not kept (domain.md, "The member's day").
pub(crate) const MOST_FREEZES: i32 = 2;

/// How many days of a streak are shown: a fortnight, so that a short one has a past. Ours.
const FEWEST_SHOWN: usize = 14;

/// How many days of a streak are shown at most: a year. Ours.
const MOST_SHOWN: usize = 366;

/// What a streak is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// The dates on which at least one quest was completed.
    pub(crate) completed: &'a BTreeSet<Date>,
    /// The member's own pauses.
    pub(crate) pauses: &'a [Pause],
    /// Outages of ours that were declared.
    pub(crate) outages: &'a [Pause],
    /// Which dates there were for the member.
    pub(crate) calendar: &'a Calendar,
}

/// What a date was for the streak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DayKind {
    /// A quest was completed: the streak grows by one.
    Completed,
    /// The date did not exist for the member.
    Skipped,
    /// The member was on a pause.
    Paused,
    /// We were away.
    Outage,
    /// Nothing was completed, and a freeze was used by itself.
    Frozen,
    /// Nothing was completed: the streak begins anew.
    Missed,
    /// Today, while there is still time.
    Open,
}

/// Where a member stands after a date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Completed days in a row.
    pub(crate) current: i32,
    /// The longest row so far.
    pub(crate) longest: i32,
    /// Freezes held.
    pub(crate) freezes: i32,
    /// Completed days in all.
    pub(crate) completed_days: i32,
    /// Freezes used since the last completed day.
    pub(crate) frozen: i32,
    /// Days missed since the last completed day; none before the first one.
    pub(crate) missed: i32,
}

impl Standing {
    /// Where a member stands after one more date.
    fn after(self, kind: DayKind) -> Self {
        match kind {
            DayKind::Completed => {
                let current = self.current + 1;
                let completed_days = self.completed_days + 1;
                let earned = i32::from(completed_days % DAYS_PER_FREEZE == 0);
                Standing {
                    current,
                    longest: self.longest.max(current),
                    freezes: MOST_FREEZES.min(self.freezes + earned),
                    completed_days,
                    frozen: 0,
                    missed: 0,
                }
            }
            DayKind::Frozen => {
                Standing { freezes: self.freezes - 1, frozen: self.frozen + 1, ..self }
            }
            DayKind::Missed => {
                let missed = self.missed + i32::from(self.completed_days > 0);
                Standing { current: 0, missed, ..self }
            }
            DayKind::Skipped | DayKind::Paused | DayKind::Outage | DayKind::Open => self,
        }
    }
}

/// One date of a streak, explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreakDay {
    /// The date.
    pub(crate) date: Date,
    /// What it was.
    pub(crate) kind: DayKind,
    /// Where the member stood after it.
    pub(crate) standing: Standing,
    /// Where the member stood while it ran: what was not done by then could still be done.
    pub(crate) while_open: Standing,
    /// Whether it earned a freeze.
    pub(crate) earned_freeze: bool,
}

impl Facts<'_> {
    /// Every date from the member's first to today, explained.
    pub(crate) fn explain(&self, today: Date) -> Vec<StreakDay> {
        self.walk(Standing::default(), self.calendar.first_date(), today).collect()
    }

    /// Where the member stands today, from the last day before it that was kept and the facts since then.
    pub(crate) fn standing_since(&self, kept: Option<&MemberDay>, today: Date) -> Standing {
        let (known, from) = match kept {
            None => (Standing::default(), self.calendar.first_date()),
            Some(day) if day.done > 0 => (day.standing, day_after(day.date)),
            // It was still open when it was kept.
            Some(day) => (day.standing, day.date),
        };
        self.walk(known, from, today).last().map_or(known, |day| day.standing)
    }

    fn walk(self, before: Standing, from: Date, today: Date) -> impl Iterator<Item = StreakDay> {
        from.series(1.day()).take_while(move |date| *date <= today).scan(
            before,
            move |last, date| {
                let kind = self.kind_of(date, *last, today);
                let standing = last.after(kind);
                let is_settled_later = matches!(kind, DayKind::Frozen | DayKind::Missed);
                let while_open = if is_settled_later { *last } else { standing };
                let earned_freeze = standing.freezes > last.freezes;
                *last = standing;
                Some(StreakDay { date, kind, standing, while_open, earned_freeze })
            },
        )
    }

    /// What was done counts on any date; what was not done counts only where it could have been.
    fn kind_of(&self, date: Date, before: Standing, today: Date) -> DayKind {
        if self.completed.contains(&date) {
            DayKind::Completed
        } else if self.calendar.skips(date) {
            DayKind::Skipped
        } else if self.pauses.iter().any(|pause| pause.covers(date)) {
            DayKind::Paused
        } else if self.outages.iter().any(|outage| outage.covers(date)) {
            DayKind::Outage
        } else if date == today {
            DayKind::Open
        } else if before.current > 0 && before.freezes > 0 {
            DayKind::Frozen
        } else {
            DayKind::Missed
        }
    }
}

/// Of all days, those since the streak began (none without one), and those worth showing: with it
/// [`FEWEST_SHOWN`] at least and [`MOST_SHOWN`] at most.
pub(crate) fn shown(days: &[StreakDay]) -> (&[StreakDay], &[StreakDay]) {
    let current = days.last().map_or(0, |day| day.standing.current);
    let before = days.iter().rposition(|day| day.standing.current == 0);
    let own = match current {
        0 => &days[days.len()..],
        _ => &days[before.map_or(0, |place| place + 1)..],
    };
    let count = own.len().clamp(FEWEST_SHOWN, MOST_SHOWN).min(days.len());
    (own, &days[days.len() - count..])
}

#[cfg(test)]
mod tests;
