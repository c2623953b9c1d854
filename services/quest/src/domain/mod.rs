//! Decides what: the rules of quests. No I/O, no clock, no framework.

pub(crate) mod day;
pub(crate) mod goals;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod member_days;
pub(crate) mod members;
pub(crate) mod pauses;
pub(crate) mod quests;
pub(crate) mod rewards;
pub(crate) mod selection;
pub(crate) mod streak;
pub(crate) mod texts;
