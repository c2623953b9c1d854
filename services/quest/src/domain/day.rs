//! The member's day: a local date by IANA zone, beginning at an hour of the member's choice.
//!
//! A [`Calendar`] is the list of eras a member has lived by, each one rule. A new rule takes effect at the end of the
//! running day. Where that would make a first day of under [`SHORTEST_FIRST_DAY`], or give a date twice, that first
//! day is joined to the running one, which so becomes longer. Dates that are left out this way, and dates a zone
//! itself has left out (Samoa, 30 December 2011), are [skipped](Calendar::skips): neutral for every streak.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// A first day by a new rule that is shorter is joined to the day before it (domain.md, "The member's day").
pub(crate) const SHORTEST_FIRST_DAY: SignedDuration = SignedDuration::from_hours(20);

/// The zone of a member whose own is not known yet: where the product is at home.
pub(crate) const DEFAULT_ZONE: &str = "Asia/Seoul";

/// The latest hour at which a day may begin: noon, so that a date still holds half of its own hours.
pub(crate) const LATEST_START_HOUR: i8 = 12;

/// How a member counts days.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DayRule {
    /// The IANA zone.
    pub(crate) zone: TimeZone,
    /// The local hour at which a date begins, 0 to [`LATEST_START_HOUR`].
    pub(crate) start_hour: i8,
}

impl DayRule {
    /// The rule for a zone by name; a zone that does not exist counts as [`DEFAULT_ZONE`].
    pub(crate) fn named(zone: &str, start_hour: i8) -> Self {
        let zone =
            TimeZone::get(zone).or_else(|_| TimeZone::get(DEFAULT_ZONE)).unwrap_or(TimeZone::UTC);
        DayRule { zone, start_hour: start_hour.clamp(0, LATEST_START_HOUR) }
    }

    /// The zone's IANA name.
    pub(crate) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// When a date begins. Where clocks are put forward over that hour it begins after the gap, where they are put
    /// back over it, the first time.
    pub(crate) fn start_of(&self, date: Date) -> Timestamp {
        self.zone
            .to_ambiguous_timestamp(date.at(self.start_hour, 0, 0, 0))
            .compatible()
            .unwrap_or(Timestamp::MAX)
    }

    /// When a date ends: when the next one begins.
    pub(crate) fn end_of(&self, date: Date) -> Timestamp {
        self.start_of(day_after(date))
    }

    /// The date that runs at an instant.
    pub(crate) fn date_at(&self, at: Timestamp) -> Date {
        let mut date = self.zone.to_datetime(at).date();
        while self.start_of(date) > at {
            date = day_before(date);
        }
        while self.end_of(date) <= at {
            date = day_after(date);
        }
        date
    }

    /// Whether the zone left the date out.
    fn leaves_out(&self, date: Date) -> bool {
        self.start_of(date) == self.end_of(date)
    }
}

/// A running day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// Its date.
    pub(crate) date: Date,
    /// The first instant that belongs to it.
    pub(crate) starts_at: Timestamp,
    /// The first instant that does not.
    pub(crate) ends_at: Timestamp,
}

/// A time in which days are counted by one rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Era {
    /// When it begins.
    pub(crate) starts_at: Timestamp,
    /// The date of its first day.
    pub(crate) first_date: Date,
    /// The date of the last day before it; none for a member's first era.
    pub(crate) follows: Option<Date>,
    /// How days are counted in it.
    pub(crate) rule: DayRule,
}

/// Every era of a member, oldest first; the last one or two may not have begun yet. Never empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Calendar {
    eras: Vec<Era>,
}

impl Calendar {
    /// The calendar of a member whose first day runs now.
    pub(crate) fn starting(rule: DayRule, now: Timestamp) -> Self {
        let first_date = rule.date_at(now);
        let era = Era { starts_at: now, first_date, follows: None, rule };
        Calendar { eras: vec![era] }
    }

    /// The calendar of eras that were kept, oldest first (the newest three are enough to tell the day); none when there
    /// are none.
    pub(crate) fn of(eras: Vec<Era>) -> Option<Self> {
        (!eras.is_empty()).then_some(Calendar { eras })
    }

    /// Its eras, oldest first.
    pub(crate) fn eras(&self) -> &[Era] {
        &self.eras
    }

    /// The day that runs at an instant.
    pub(crate) fn day_at(&self, at: Timestamp) -> Day {
        let begun = self.eras.iter().filter(|era| era.starts_at <= at).count();
        self.day_of(begun.saturating_sub(1), at)
    }

    /// The rule that holds at an instant.
    pub(crate) fn rule_at(&self, at: Timestamp) -> &DayRule {
        let begun = self.eras.iter().filter(|era| era.starts_at <= at).count();
        &self.eras[begun.saturating_sub(1)].rule
    }

    /// The rule that the member asked for last; it may not hold yet.
    pub(crate) fn wanted_rule(&self) -> &DayRule {
        &self.eras[self.eras.len() - 1].rule
    }

    /// Counts days by another rule from the end of the running day on. Asking again before that end takes the place of
    /// what was asked before. A day that has been made longer is not made longer again: from when it would have ended,
    /// its change is settled, and a further one waits for the end of the day after it.
    pub(crate) fn change(&mut self, rule: DayRule, now: Timestamp) {
        while self.settled_at() > now {
            self.eras.pop();
        }
        let last = self.eras.len() - 1;
        if self.eras[last].rule == rule {
            return;
        }
        let running = self.day_of(last, now.max(self.eras[last].starts_at));
        let mut starts_at = running.ends_at;
        let mut first_date = rule.date_at(starts_at);
        while first_date <= running.date
            || rule.end_of(first_date).duration_since(starts_at) < SHORTEST_FIRST_DAY
        {
            starts_at = rule.end_of(first_date);
            first_date = rule.date_at(starts_at);
        }
        self.eras.push(Era { starts_at, first_date, follows: Some(running.date), rule });
    }

    /// Whether a date was left out, by a change of rule or by the zone itself.
    pub(crate) fn skips(&self, date: Date) -> bool {
        let between = self
            .eras
            .iter()
            .any(|era| era.follows.is_some_and(|last| last < date) && date < era.first_date);
        let era = self.eras.iter().rev().find(|era| era.first_date <= date);
        between || era.is_some_and(|era| era.rule.leaves_out(date))
    }

    /// The first date of the first era.
    pub(crate) fn first_date(&self) -> Date {
        self.eras[0].first_date
    }

    /// When the last era can no longer be replaced: at the end, by its own rule, of the last day before it.
    fn settled_at(&self) -> Timestamp {
        match self.eras.as_slice() {
            [.., before, last] => {
                last.follows.map_or(Timestamp::MIN, |date| before.rule.end_of(date))
            }
            _ => Timestamp::MIN,
        }
    }

    /// The day at an instant of an era.
    fn day_of(&self, era: usize, at: Timestamp) -> Day {
        let Era { starts_at, rule, .. } = &self.eras[era];
        let date = rule.date_at(at.max(*starts_at));
        match self.eras.get(era + 1) {
            // The last day before another era lasts until that era begins.
            Some(next) if next.follows.is_some_and(|last| last <= date) => {
                let date = next.follows.unwrap_or(date);
                let starts_at = rule.start_of(date).max(*starts_at);
                Day { date, starts_at, ends_at: next.starts_at }
            }
            _ => Day {
                date,
                starts_at: rule.start_of(date).max(*starts_at),
                ends_at: rule.end_of(date),
            },
        }
    }
}

/// The next date of the calendar.
pub(crate) fn day_after(date: Date) -> Date {
    date.saturating_add(1.day())
}

/// The newest date that is over for everybody. A day of a date begins at the latest a day after it began in UTC (12 hours west,
/// at noon), lasts a day, and a change of rule may join up to two more to it.
pub(crate) fn last_settled_date(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date().saturating_sub(5.days())
}

/// The date before.
pub(crate) fn day_before(date: Date) -> Date {
    date.saturating_sub(1.day())
}

#[cfg(test)]
mod tests;
