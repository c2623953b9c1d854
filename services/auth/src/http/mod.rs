//! Speaks JSON: extract, call, respond.

pub(crate) mod accounts;
mod address;
pub(crate) mod app_settings;
mod archive;
pub(crate) mod audit_log;
pub(crate) mod erasures;
pub(crate) mod exports;
pub(crate) mod internal;
pub(crate) mod members;
pub(crate) mod resets;
pub(crate) mod roles;
pub(crate) mod rules;
pub(crate) mod sessions;
pub(crate) mod social;
pub(crate) mod users;
pub(crate) mod verifications;
