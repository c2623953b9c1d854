//! Speaks JSON: extract, call, respond.

pub(crate) mod accounts;
pub(crate) mod app_settings;
pub(crate) mod audit_log;
pub(crate) mod internal;
pub(crate) mod members;
pub(crate) mod roles;
pub(crate) mod rules;
pub(crate) mod sessions;
pub(crate) mod users;
