//! Speaks SQL: every query and nothing else. Connection first; a look-up returns an option.

pub(crate) mod calendars;
pub(crate) mod goals;
pub(crate) mod home;
pub(crate) mod member_data;
pub(crate) mod member_days;
pub(crate) mod members;
pub(crate) mod offers;
pub(crate) mod outages;
pub(crate) mod outcomes;
pub(crate) mod pauses;
pub(crate) mod quests;
pub(crate) mod rewards;
