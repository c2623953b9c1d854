//! Decides when: one write, one transaction. Loads, asks the domain, saves, tells others.

pub(crate) mod members;
pub(crate) mod results;
pub(crate) mod self_checks;
pub(crate) mod sessions;
