//! The summary of a day that a member has looked at. It is kept for speed; all of it follows from the facts.

use jiff::civil::Date;

use super::streak::Standing;

/// One day of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemberDay {
    /// The date.
    pub(crate) date: Date,
    /// Quests completed on it.
    pub(crate) done: i32,
    /// The balance of points at its end.
    pub(crate) xp: i64,
    /// Where the member stood at its end.
    pub(crate) standing: Standing,
}
