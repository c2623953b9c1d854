//! Speaks JSON: extract, call, respond.

pub(crate) mod accounts;
pub(crate) mod channels;
pub(crate) mod deletions;
pub(crate) mod imports;
pub(crate) mod oauth;
