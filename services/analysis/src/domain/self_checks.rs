//! One day's self-check.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::preferences::Told;

/// One value for each item of the self-check.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct PerItem<T> {
    pub(crate) mood: T,
    pub(crate) energy: T,
    pub(crate) stress: T,
    pub(crate) sleep: T,
    pub(crate) focus: T,
    pub(crate) relationships: T,
}

impl<T> PerItem<T> {
    /// Asks `value` for each item, handing it the way to that item's place.
    pub(crate) fn from_fn<V>(value: impl Fn(fn(&PerItem<V>) -> &V) -> T) -> Self {
        PerItem {
            mood: value(|items| &items.mood),
            energy: value(|items| &items.energy),
            stress: value(|items| &items.stress),
            sleep: value(|items| &items.sleep),
            focus: value(|items| &items.focus),
            relationships: value(|items| &items.relationships),
        }
    }
}

/// Where a member lives of whom auth has not told yet, or whose zone does not exist; the same as in quest.
const DEFAULT_TIME_ZONE: &str = "Asia/Seoul";

/// The date it is for a member; days follow the IANA zone, never an offset.
pub(crate) fn local_date(now: Timestamp, time_zone: Option<&str>) -> Date {
    let zone = TimeZone::get(time_zone.unwrap_or(DEFAULT_TIME_ZONE))
        .or_else(|_| TimeZone::get(DEFAULT_TIME_ZONE))
        .unwrap_or(TimeZone::UTC);
    now.to_zoned(zone).date()
}

/// What a member said of one local date.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SelfCheck {
    /// The member's local date.
    pub(crate) date: Date,
    /// 0 to 10 each.
    pub(crate) ratings: PerItem<i16>,
    /// Hours slept, 0 to 24.
    pub(crate) sleep_hours: Option<f64>,
    /// The member's own words, at most 500 characters. Never in a log or an event.
    pub(crate) note: Option<String>,
    /// Preferences told with it.
    pub(crate) told: Told,
    /// When it was said, or said anew.
    pub(crate) updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_date_is_the_members_own() {
        let now: Timestamp = "2026-11-20T15:30:00Z".parse().unwrap();
        for (zone, expected) in [
            (None, date(2026, 11, 21)),
            (Some("Asia/Seoul"), date(2026, 11, 21)),
            (Some("America/Los_Angeles"), date(2026, 11, 20)),
            (Some("Pacific/Kiritimati"), date(2026, 11, 21)),
            (Some("Mars/Olympus"), date(2026, 11, 21)),
        ] {
            assert_eq!(local_date(now, zone), expected, "{zone:?}");
        }
    }
}
