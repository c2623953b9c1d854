//! Speaks SQL: every query and nothing else. Connection first; a look-up returns an option.

pub(crate) mod accounts;
pub(crate) mod channels;
pub(crate) mod deletions;
pub(crate) mod imports;
pub(crate) mod member_data;
pub(crate) mod members;
pub(crate) mod posts;
pub(crate) mod revocations;
pub(crate) mod rounds;
pub(crate) mod schedule;
pub(crate) mod tokens;
