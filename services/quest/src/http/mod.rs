//! Speaks JSON: extract, call, respond.

pub(crate) mod days;
pub(crate) mod goals;
pub(crate) mod history;
pub(crate) mod home;
mod language;
pub(crate) mod pauses;
pub(crate) mod quests;
mod rules;
pub(crate) mod streak;
