//! Days around clock changes, date lines and journeys.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule(zone: &str, start_hour: i8) -> DayRule {
    DayRule { zone: TimeZone::get(zone).unwrap(), start_hour }
}

fn hours(day: Day) -> i64 {
    day.ends_at.duration_since(day.starts_at).as_hours()
}

/// The day at each noon UTC from a date on.
fn dates(calendar: &Calendar, from: Date, days: i32) -> Vec<Date> {
    (0..days)
        .map(|n| from.saturating_add(n.days()).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap())
        .map(|noon| calendar.day_at(noon.timestamp()).date)
        .collect()
}

#[test]
fn a_day_is_the_local_date() {
    let seoul = Calendar::starting(rule("Asia/Seoul", 0), at("2026-03-01T00:00Z"));
    assert_eq!(seoul.day_at(at("2026-03-03T14:59:59Z")).date, date(2026, 3, 3));
    assert_eq!(seoul.day_at(at("2026-03-03T15:00:00Z")).date, date(2026, 3, 4));
    assert_eq!(hours(seoul.day_at(at("2026-03-03T15:00:00Z"))), 24);
}

#[test]
fn the_night_before_the_start_hour_belongs_to_the_evening() {
    let owl = Calendar::starting(rule("Asia/Seoul", 4), at("2026-03-01T00:00Z"));
    assert_eq!(owl.day_at(at("2026-03-03T18:59:59Z")).date, date(2026, 3, 3)); // 03:59:59 on the 4th
    assert_eq!(owl.day_at(at("2026-03-03T19:00:00Z")).date, date(2026, 3, 4));
}

#[test]
fn days_of_clock_changes_are_an_hour_shorter_or_longer() {
    let york = Calendar::starting(rule("America/New_York", 0), at("2026-01-01T12:00Z"));
    assert_eq!(hours(york.day_at(at("2026-03-08T12:00Z"))), 23);
    assert_eq!(hours(york.day_at(at("2026-11-01T12:00Z"))), 25);
}

#[test]
fn a_start_hour_that_does_not_exist_comes_after_the_gap() {
    // New York goes from 02:00 to 03:00 on 8 March 2026.
    let york = Calendar::starting(rule("America/New_York", 2), at("2026-03-01T12:00Z"));
    let day = york.day_at(at("2026-03-08T12:00Z"));
    assert_eq!(day.starts_at, at("2026-03-08T07:00Z")); // 03:00 in summer time
    assert_eq!(york.day_at(at("2026-03-08T06:59:59Z")).date, date(2026, 3, 7));
    // Havana has no midnight on that day.
    let havana = Calendar::starting(rule("America/Havana", 0), at("2026-03-01T12:00Z"));
    let day = havana.day_at(at("2026-03-08T12:00Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 3, 8), 23));
}

#[test]
fn a_start_hour_that_comes_twice_counts_the_first_time() {
    // New York goes from 02:00 back to 01:00 on 1 November 2026: 01:30 comes twice.
    let york = Calendar::starting(rule("America/New_York", 1), at("2026-10-01T12:00Z"));
    for instant in ["2026-11-01T05:00Z", "2026-11-01T05:30Z", "2026-11-01T06:30Z"] {
        assert_eq!(york.day_at(at(instant)).date, date(2026, 11, 1), "{instant}");
    }
    assert_eq!(york.day_at(at("2026-11-01T04:59:59Z")).date, date(2026, 10, 31));
}

#[test]
fn a_date_that_a_zone_left_out_is_skipped() {
    let apia = Calendar::starting(rule("Pacific/Apia", 0), at("2011-12-01T00:00Z"));
    assert_eq!(
        dates(&apia, date(2011, 12, 29), 3), // noon UTC: 02:00 on the 29th, then 02:00 on the 31st
        [date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)],
    );
    assert_eq!(hours(apia.day_at(at("2011-12-29T12:00Z"))), 24);
    assert!(apia.skips(date(2011, 12, 30)));
    assert!(!apia.skips(date(2011, 12, 29)) && !apia.skips(date(2011, 12, 31)));

    let kiritimati = Calendar::starting(rule("Pacific/Kiritimati", 5), at("1994-12-01T00:00Z"));
    assert!(kiritimati.skips(date(1994, 12, 31)));
    assert_eq!(dates(&kiritimati, date(1994, 12, 31), 2), [date(1994, 12, 30), date(1995, 1, 1)],);
}

#[test]
fn flying_east_joins_the_short_first_day_and_skips_its_date() {
    // Paris to Seoul: midnight in Paris is 08:00 in Seoul, 16 hours are left of that date.
    let mut calendar = Calendar::starting(rule("Europe/Paris", 0), at("2026-01-01T12:00Z"));
    calendar.change(rule("Asia/Seoul", 0), at("2026-01-10T18:00Z"));
    let day = calendar.day_at(at("2026-01-10T18:00Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 1, 10), 40));
    assert_eq!(day.ends_at, at("2026-01-11T15:00Z"));
    assert_eq!(calendar.day_at(at("2026-01-11T14:59Z")).date, date(2026, 1, 10));
    assert_eq!(calendar.day_at(at("2026-01-11T15:00Z")).date, date(2026, 1, 12));
    assert!(calendar.skips(date(2026, 1, 11)));
}

#[test]
fn flying_west_joins_the_rest_of_a_date_that_would_come_twice() {
    // Seoul to Los Angeles: midnight in Seoul is 07:00 of the same date there.
    let mut calendar = Calendar::starting(rule("Asia/Seoul", 0), at("2026-01-01T12:00Z"));
    calendar.change(rule("America/Los_Angeles", 0), at("2026-01-10T01:00Z"));
    let day = calendar.day_at(at("2026-01-11T07:59Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 1, 10), 24 + 17));
    assert_eq!(calendar.day_at(at("2026-01-11T08:00Z")).date, date(2026, 1, 11));
    assert!(!calendar.skips(date(2026, 1, 11)));
}

#[test]
fn a_long_first_day_stands_for_itself() {
    // Shanghai to Seoul: an hour is lost, 23 are left.
    let mut calendar = Calendar::starting(rule("Asia/Shanghai", 0), at("2026-01-01T12:00Z"));
    calendar.change(rule("Asia/Seoul", 0), at("2026-01-10T01:00Z"));
    assert_eq!(hours(calendar.day_at(at("2026-01-10T12:00Z"))), 24);
    let day = calendar.day_at(at("2026-01-11T12:00Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 1, 11), 23));
}

#[test]
fn the_date_line_is_crossed_both_ways() {
    let mut east = Calendar::starting(rule("Pacific/Kiritimati", 0), at("2026-01-01T12:00Z"));
    east.change(rule("Pacific/Pago_Pago", 0), at("2026-01-09T12:00Z")); // 25 hours behind
    let day = east.day_at(at("2026-01-10T12:00Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 1, 10), 24 + 1 + 24));
    assert_eq!(day.ends_at, at("2026-01-11T11:00Z"));

    let mut west = Calendar::starting(rule("Pacific/Pago_Pago", 0), at("2026-01-01T12:00Z"));
    west.change(rule("Pacific/Kiritimati", 0), at("2026-01-10T12:00Z"));
    let day = west.day_at(at("2026-01-10T12:00Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 1, 10), 24));
    // It ends at 11:00 UTC, 01:00 of the 12th there: 23 hours are left, and the 11th is skipped.
    let day = west.day_at(at("2026-01-11T11:00Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 1, 12), 23));
    assert!(west.skips(date(2026, 1, 11)));
}

#[test]
fn a_change_can_be_taken_back_before_the_day_ends() {
    let seoul = rule("Asia/Seoul", 0);
    let mut calendar = Calendar::starting(seoul.clone(), at("2026-01-01T12:00Z"));
    let untouched = calendar.clone();
    calendar.change(rule("Europe/Paris", 0), at("2026-01-10T01:00Z"));
    assert_eq!(calendar.wanted_rule().zone_name(), "Europe/Paris");
    calendar.change(seoul, at("2026-01-10T02:00Z"));
    assert_eq!(calendar, untouched);
}

#[test]
fn a_settled_change_is_lived_for_a_day() {
    let mut calendar = Calendar::starting(rule("Asia/Seoul", 0), at("2026-01-01T12:00Z"));
    calendar.change(rule("America/Los_Angeles", 0), at("2026-01-10T01:00Z"));
    // The 10th has ended in Seoul and goes on until Los Angeles has its midnight.
    calendar.change(rule("Asia/Seoul", 0), at("2026-01-10T20:00Z"));
    assert_eq!(calendar.day_at(at("2026-01-10T20:00Z")).ends_at, at("2026-01-11T08:00Z"));
    // The 11th runs by Los Angeles and takes in the rest of the 12th in Seoul, which is too short.
    let day = calendar.day_at(at("2026-01-11T08:00Z"));
    assert_eq!((day.date, hours(day)), (date(2026, 1, 11), 24 + 7 + 24 - 24));
    assert_eq!(calendar.eras().len(), 3);
}

#[test]
fn a_start_hour_changes_like_a_zone() {
    let mut later = Calendar::starting(rule("Asia/Seoul", 0), at("2026-01-01T12:00Z"));
    later.change(rule("Asia/Seoul", 4), at("2026-01-10T01:00Z"));
    assert_eq!(hours(later.day_at(at("2026-01-10T01:00Z"))), 28);
    assert_eq!(later.day_at(at("2026-01-10T20:00Z")).date, date(2026, 1, 11));
    let mut earlier = Calendar::starting(rule("Asia/Seoul", 4), at("2026-01-01T12:00Z"));
    earlier.change(rule("Asia/Seoul", 0), at("2026-01-10T01:00Z"));
    assert_eq!(hours(earlier.day_at(at("2026-01-10T01:00Z"))), 24);
    assert_eq!(hours(earlier.day_at(at("2026-01-10T20:00Z"))), 20);
}

#[test]
fn an_unknown_zone_is_the_default_one() {
    assert_eq!(DayRule::named("Mars/Olympus", 0).zone_name(), DEFAULT_ZONE);
}

/// Zones from one end of the world to the other, with and without clock changes, with odd offsets.
const ZONES: [&str; 10] = [
    "Asia/Seoul",
    "Europe/Paris",
    "America/Los_Angeles",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "Etc/GMT+12",
];

proptest! {
    /// However a member moves: days follow each other without a gap, no date comes twice, every date is either lived or
    /// skipped, no day but the first is under 20 hours, and none goes on for ever.
    #[test]
    fn days_follow_each_other(
        changes in prop::collection::vec((0..ZONES.len(), 0..=LATEST_START_HOUR, 1..60 * 60_i64), 0..12),
        first in 0..ZONES.len(),
    ) {
        let mut now = at("2026-02-20T00:00Z");
        let mut calendar = Calendar::starting(rule(ZONES[first], 0), now);
        for (zone, start_hour, minutes) in changes {
            now += SignedDuration::from_mins(minutes);
            let running = calendar.day_at(now);
            calendar.change(rule(ZONES[zone], start_hour), now);
            prop_assert_eq!(calendar.day_at(now).date, running.date);
        }
        let newest = Calendar::of(calendar.eras().iter().rev().take(3).rev().cloned().collect());
        prop_assert_eq!(newest.unwrap().day_at(now), calendar.day_at(now));

        let mut day = calendar.day_at(at("2026-02-20T00:00Z"));
        for _ in 0..60 {
            let next = calendar.day_at(day.ends_at);
            prop_assert_eq!(next.starts_at, day.ends_at);
            prop_assert!(next.date > day.date);
            prop_assert!(hours(next) >= 20 && hours(next) <= 63, "{next:?}");
            for date in day_after(day.date).series(1.day()).take_while(|date| *date < next.date) {
                prop_assert!(calendar.skips(date), "{date}");
            }
            prop_assert!(!calendar.skips(next.date));
            day = next;
        }
    }
}
