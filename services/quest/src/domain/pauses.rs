//! Times off: dates on which nothing is given, nothing is expected and no streak breaks.

use jiff::civil::Date;

/// The longest pause that can be declared at once, in days. Ours: a long holiday; a new one can follow.
pub(crate) const LONGEST_PAUSE_DAYS: i32 = 60;

/// How far ahead a pause may begin, in days. Ours: a season.
pub(crate) const FARTHEST_AHEAD_DAYS: i32 = 90;

/// A pause of a member, or an outage of ours that was declared: both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    /// The first date of it.
    pub(crate) from: Date,
    /// The last date of it.
    pub(crate) until: Date,
}

/// What is wrong with a pause that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PauseFault {
    /// It begins before today.
    BeginsInThePast,
    /// It begins more than [`FARTHEST_AHEAD_DAYS`] from today.
    BeginsTooFarAhead,
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// It is longer than [`LONGEST_PAUSE_DAYS`].
    TooLong,
}

impl Pause {
    /// A pause as a member may declare it: what has been cannot be changed by it.
    pub(crate) fn declared(from: Date, until: Date, today: Date) -> Result<Self, PauseFault> {
        if from < today {
            return Err(PauseFault::BeginsInThePast);
        }
        if days_between(today, from) > FARTHEST_AHEAD_DAYS {
            return Err(PauseFault::BeginsTooFarAhead);
        }
        if until < from {
            return Err(PauseFault::EndsBeforeItBegins);
        }
        if days_between(from, until) >= LONGEST_PAUSE_DAYS {
            return Err(PauseFault::TooLong);
        }
        Ok(Pause { from, until })
    }

    /// Whether a date lies in it.
    pub(crate) fn covers(self, date: Date) -> bool {
        self.from <= date && date <= self.until
    }
}

/// How many days later `until` is.
pub(crate) fn days_between(from: Date, until: Date) -> i32 {
    i32::try_from(until.duration_since(from).as_hours() / 24).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_pause_lies_ahead_and_is_not_endless() {
        let today = date(2026, 2, 27);
        let declared = |from, until| Pause::declared(from, until, today);
        assert!(declared(today, today).is_ok());
        assert!(declared(today, date(2026, 4, 27)).is_ok()); // 60 days with both ends
        assert_eq!(declared(today, date(2026, 4, 28)), Err(PauseFault::TooLong));
        assert_eq!(declared(date(2026, 2, 26), today), Err(PauseFault::BeginsInThePast));
        assert_eq!(
            declared(date(2026, 3, 2), date(2026, 3, 1)),
            Err(PauseFault::EndsBeforeItBegins)
        );
        assert!(declared(date(2026, 5, 28), date(2026, 5, 28)).is_ok());
        let far = date(2026, 5, 29);
        assert_eq!(declared(far, far), Err(PauseFault::BeginsTooFarAhead));
        assert_eq!(declared(today, Date::MAX), Err(PauseFault::TooLong));
    }

    #[test]
    fn both_ends_are_covered() {
        let pause = Pause { from: date(2026, 3, 1), until: date(2026, 3, 3) };
        let covered = (1..=5).filter(|day| pause.covers(date(2026, 3, *day))).collect::<Vec<_>>();
        assert_eq!(covered, [1, 2, 3]);
    }
}
