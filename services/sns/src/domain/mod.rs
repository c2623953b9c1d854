//! Decides what: types and rules, no I/O.

pub(crate) mod accounts;
pub(crate) mod addresses;
pub(crate) mod channels;
pub(crate) mod grants;
pub(crate) mod imports;
pub(crate) mod limits;
pub(crate) mod posts;
pub(crate) mod seals;
pub(crate) mod signed_requests;
pub(crate) mod topics;
