//! A copy's days, and what they add up to by the rules of quest (its `domain/streak.rs`): computed here once more, and
//! compared with what the service says when the seed is done.

use jiff::civil::Date;
use uuid::Uuid;

use super::prototypes::Prototypes;
use super::rows::{Shared, dates};

/// Every so many completed days earn a freeze, and so many are kept.
const DAYS_PER_FREEZE: i32 = 7;
const MOST_FREEZES: i32 = 2;

/// A member who is a copy of a prototype.
pub(super) struct Seeded {
    pub(super) number: usize,
    pub(super) user_id: Uuid,
    pub(super) analysis_id: Uuid,
    pub(super) session_id: Uuid,
    /// Whose copy.
    pub(super) prototype: usize,
    /// First day first, today last.
    pub(super) days: Vec<Day>,
}

/// A day that the member has looked at.
pub(super) struct Day {
    pub(super) date: Date,
    /// Whose quests of the first day are given on this one.
    pub(super) prototype: usize,
    pub(super) quests: Vec<Quest>,
    /// The balance of points at its end.
    pub(super) xp: i64,
    /// While it was open.
    pub(super) standing: Standing,
}

/// One of a day's quests.
pub(super) struct Quest {
    pub(super) id: Uuid,
    pub(super) code: String,
    pub(super) xp: i64,
    pub(super) done: bool,
}

/// Where the member stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) current: i32,
    pub(super) longest: i32,
    pub(super) freezes: i32,
    pub(super) completed_days: i32,
    pub(super) frozen: i32,
    pub(super) missed: i32,
}

impl Standing {
    fn after_completed(self) -> Self {
        let (current, completed_days) = (self.current + 1, self.completed_days + 1);
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

    fn after_nothing(self) -> Self {
        if self.current > 0 && self.freezes > 0 {
            return Standing { freezes: self.freezes - 1, frozen: self.frozen + 1, ..self };
        }
        let missed = self.missed + i32::from(self.completed_days > 0);
        Standing { current: 0, missed, ..self }
    }
}

impl Seeded {
    /// The member of a number, with so many days until today.
    pub(super) fn new(number: usize, days: i32, today: Date, prototypes: &Prototypes) -> Self {
        let prototype = number % prototypes.count();
        let (mut standing, mut xp) = (Standing::default(), 0);
        let days = dates(days, today).enumerate().map(|(place, date)| {
            // Today's are the prototype's own, so that home says of the copy what it says of the prototype.
            let prototype = match date == today {
                true => prototype,
                false => (number + place) % prototypes.count(),
            };
            let of_slot = |(slot, (xp, code)): (usize, (&i64, &String))| Quest {
                id: Uuid::now_v7(),
                code: code.clone(),
                xp: *xp,
                done: date != today && is_done(number, place, slot),
            };
            let given = prototypes.xp[prototype].iter().zip(&prototypes.codes[prototype]);
            let quests: Vec<Quest> = given.enumerate().map(of_slot).collect();
            xp += quests.iter().filter(|quest| quest.done).map(|quest| quest.xp).sum::<i64>();
            let any = quests.iter().any(|quest| quest.done);
            let while_open = if any { standing.after_completed() } else { standing };
            standing = if any { while_open } else { standing.after_nothing() };
            Day { date, prototype, quests, xp, standing: while_open }
        });
        let days = days.collect();
        let (user_id, session_id, analysis_id) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        Seeded { number, user_id, analysis_id, session_id, prototype, days }
    }

    pub(super) fn email(&self) -> String {
        format!("member-{}@bench.example", self.number)
    }

    /// Today's quests.
    pub(super) fn todays_quests(&self) -> Vec<Uuid> {
        self.days.last().into_iter().flat_map(|day| &day.quests).map(|quest| quest.id).collect()
    }

    /// Every completed quest and its day.
    pub(super) fn completed(&self) -> impl Iterator<Item = (&Day, &Quest)> {
        let of_day = |day| -> (&Day, &Vec<Quest>) { (day, &day.quests) };
        let all = self.days.iter().map(of_day);
        all.flat_map(|(day, quests)| quests.iter().map(move |quest| (day, quest)))
            .filter(|(_, quest)| quest.done)
    }

    /// The prototype's only row.
    pub(super) fn first(&self) -> Option<Shared> {
        Some(Shared { prototype: self.prototype, row: 0 })
    }
}

impl Day {
    /// How many quests are done.
    pub(super) fn done(&self) -> usize {
        self.quests.iter().filter(|quest| quest.done).count()
    }
}

/// Six of ten quests, and nothing at all on about every sixth day.
fn is_done(number: usize, place: usize, slot: usize) -> bool {
    !(number + place * 5).is_multiple_of(6) && (number * 7 + place * 13 + slot * 3) % 10 < 6
}
