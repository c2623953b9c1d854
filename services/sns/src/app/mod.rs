//! Decides when: one write, one transaction. Loads, asks the domain, saves, tells others.

pub(crate) mod accounts;
pub(crate) mod deletions;
pub(crate) mod imports;
pub(crate) mod members;
pub(crate) mod oauth;
pub(crate) mod reading;
pub(crate) mod revocations;
pub(crate) mod tokens;
