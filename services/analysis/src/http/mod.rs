//! Speaks JSON: extract, call, respond.

pub(crate) mod internal;
pub(crate) mod results;
pub(crate) mod self_checks;
pub(crate) mod sessions;
