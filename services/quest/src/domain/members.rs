//! What quest knows of a member: a projection of what other services have said.

use contracts::events::{SelfCheckSubmitted, Topic};
use contracts::{PerTrait, UserId};
use jiff::civil::Date;

use super::day::day_before;
use super::goals::Goal;

/// A member, as far as a day's quests depend on them.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The member.
    pub(crate) user_id: UserId,
    /// Standardised scores, where a test was taken.
    pub(crate) z: Option<PerTrait<f64>>,
    /// What they write about, where they have connected a source.
    pub(crate) topics: Vec<Topic>,
    /// The last self-check.
    pub(crate) check: Option<SelfCheckSubmitted>,
    /// Their own goal.
    pub(crate) goal: Option<Goal>,
}

impl Member {
    /// The self-check that speaks for a date: its own or, in the morning before there is one, the day before's.
    pub(crate) fn check_for(&self, date: Date) -> Option<&SelfCheckSubmitted> {
        self.check.as_ref().filter(|check| check.date >= day_before(date))
    }
}
