//! Speaks JSON: extract, call, respond.

pub(crate) mod accounts;
pub(crate) mod app_settings;
pub(crate) mod internal;
mod rules;
pub(crate) mod sessions;
pub(crate) mod users;
