//! Decides when: one write, one transaction. Loads, asks the domain, saves, tells others.

pub(crate) mod calendars;
pub(crate) mod days;
pub(crate) mod goals;
pub(crate) mod member_days;
pub(crate) mod members;
pub(crate) mod outages;
pub(crate) mod outcomes;
pub(crate) mod pauses;
pub(crate) mod quests;
pub(crate) mod streak;
