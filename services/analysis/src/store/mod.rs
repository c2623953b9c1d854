//! Speaks SQL: every query and nothing else. Connection first; a look-up returns an option.

pub(crate) mod answers;
pub(crate) mod completed_quests;
pub(crate) mod member_data;
pub(crate) mod members;
pub(crate) mod readings;
pub(crate) mod results;
pub(crate) mod self_checks;
pub(crate) mod sessions;
pub(crate) mod topics;
