//! Streaks read from a line: `x` completed, `.` not, `p` paused, `o` outage; the last one is today.

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::day::DayRule;

const FIRST: Date = date(2026, 1, 1);

struct Story {
    completed: BTreeSet<Date>,
    pauses: Vec<Pause>,
    outages: Vec<Pause>,
    calendar: Calendar,
    today: Date,
}

impl Story {
    fn of(line: &str) -> Self {
        let dates_of = |mark| {
            let days = line.chars().enumerate().filter(move |(_, day)| *day == mark);
            days.map(|(n, _)| FIRST.saturating_add((n as i64).days()))
        };
        let whole_day = |on| Pause { from: on, until: on };
        let noon = FIRST.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        Story {
            completed: dates_of('x').collect(),
            pauses: dates_of('p').map(whole_day).collect(),
            outages: dates_of('o').map(whole_day).collect(),
            calendar: Calendar::starting(DayRule::named("Etc/UTC", 0), noon),
            today: FIRST.saturating_add((line.chars().count() as i64 - 1).days()),
        }
    }

    fn facts(&self) -> Facts<'_> {
        let Story { completed, pauses, outages, calendar, .. } = self;
        Facts { completed, pauses, outages, calendar }
    }

    fn standing(&self) -> Standing {
        self.facts().standing_since(None, self.today)
    }
}

/// Current, longest and freezes of a line.
fn counts(line: &str) -> (i32, i32, i32) {
    let Standing { current, longest, freezes, .. } = Story::of(line).standing();
    (current, longest, freezes)
}

#[test]
fn completed_days_in_a_row_are_counted() {
    assert_eq!(counts("."), (0, 0, 0));
    assert_eq!(counts("x"), (1, 1, 0));
    assert_eq!(counts("xxx"), (3, 3, 0));
    assert_eq!(counts("xxx."), (3, 3, 0), "today is still open");
    assert_eq!(counts("xxx.."), (0, 3, 0));
    assert_eq!(counts("xxx.x"), (1, 3, 0));
}

#[test]
fn seven_completed_days_earn_a_freeze_and_two_are_kept() {
    assert_eq!(counts("xxxxxx"), (6, 6, 0));
    assert_eq!(counts("xxxxxxx"), (7, 7, 1));
    assert_eq!(counts("xxx.xxxx"), (4, 4, 1), "they need not be in a row");
    assert_eq!(counts(&"x".repeat(14)), (14, 14, 2));
    assert_eq!(counts(&"x".repeat(21)), (21, 21, 2));
}

#[test]
fn a_freeze_is_used_by_itself() {
    assert_eq!(counts("xxxxxxx.x"), (8, 8, 0));
    assert_eq!(counts("xxxxxxx..x"), (1, 7, 0), "one freeze saves one day");
    let story = Story::of(&format!("{}...", "x".repeat(14)));
    assert_eq!(
        story.standing(),
        Standing { current: 14, longest: 14, freezes: 0, completed_days: 14, frozen: 2, missed: 0 },
    );
}

#[test]
fn no_freeze_is_spent_on_a_streak_that_is_not_there() {
    assert_eq!(counts("xxxxxxx...."), (0, 7, 0));
    assert_eq!(counts(&format!("{}....x...", "x".repeat(14))), (0, 14, 0));
    assert_eq!(
        counts("xxxxxx..x..x"),
        (1, 6, 0),
        "the seventh completed day earns one, the next miss uses it"
    );
}

#[test]
fn pauses_outages_and_skipped_dates_neither_break_nor_grow_it() {
    assert_eq!(counts("xxpppx"), (3, 3, 0));
    assert_eq!(counts("xxoox"), (3, 3, 0));
    assert_eq!(counts("xxpp"), (2, 2, 0));
    assert_eq!(counts("xxxxxxxop."), (7, 7, 1), "and cost no freeze");

    let mut story = Story::of("xx.x");
    let noon = FIRST.saturating_add(1.day()).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    story.calendar.change(DayRule::named("Pacific/Kiritimati", 0), noon.timestamp());
    assert!(story.calendar.skips(date(2026, 1, 3)));
    assert_eq!(story.standing().current, 3);
}

#[test]
fn what_is_done_on_a_pause_counts() {
    let mut story = Story::of("xxpx");
    story.completed.insert(date(2026, 1, 3));
    assert_eq!(story.standing().current, 4);
}

#[test]
fn every_day_is_explained() {
    use DayKind::{Completed, Frozen, Missed, Open, Outage, Paused};
    let days = {
        let story = Story::of(".xxxxxxxop...");
        story.facts().explain(story.today)
    };
    let kinds = days.iter().map(|day| day.kind).collect::<Vec<_>>();
    assert_eq!(kinds[..2], [Missed, Completed]);
    assert_eq!(kinds[7..], [Completed, Outage, Paused, Frozen, Missed, Open]);
    assert_eq!(days.iter().position(|day| day.earned_freeze), Some(7));
    assert_eq!(days[11].standing.missed, 1);
    assert_eq!(days[0].standing.missed, 0, "nothing is missed before the first completed day");
}

proptest! {
    /// The short way from what was kept of a day gives the same as the whole way from the facts, wherever the way is cut.
    #[test]
    fn a_kept_day_is_as_good_as_the_facts(line in "[x.po]{2,60}", cut in 0..59_usize) {
        let story = Story::of(&line);
        let facts = story.facts();
        let days = facts.explain(story.today);
        let day = days[cut.min(days.len() - 2)];
        let done = i32::from(day.kind == DayKind::Completed);
        let kept = MemberDay { date: day.date, done, xp: 0, standing: day.while_open };
        prop_assert_eq!(facts.standing_since(Some(&kept), story.today), story.standing());
        // And what was kept is what was known when the day ran.
        prop_assert_eq!(facts.standing_since(None, day.date), day.while_open);
    }

    /// An outage that is declared afterwards never takes anything away.
    #[test]
    fn an_outage_only_helps(line in "[x.p]{2,60}", on in 0..60_usize) {
        let before = Story::of(&line);
        let mut after = Story::of(&line);
        let date = FIRST.saturating_add((on as i64).days());
        after.outages.push(Pause { from: date, until: date });
        prop_assert!(after.standing().current >= before.standing().current);
        prop_assert!(after.standing().longest >= before.standing().longest);
    }
}
