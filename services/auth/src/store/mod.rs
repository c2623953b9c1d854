//! Speaks SQL: every query and nothing else.

pub(crate) mod app_settings;
pub(crate) mod audit_log;
pub(crate) mod cognito_sessions;
pub(crate) mod erasure_receipts;
pub(crate) mod erasures;
pub(crate) mod expired;
pub(crate) mod identities;
pub(crate) mod login_failures;
pub(crate) mod mail_tokens;
pub(crate) mod member_data;
pub(crate) mod members;
pub(crate) mod quotas;
pub(crate) mod revocations;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod sign_in_codes;
pub(crate) mod signing_keys;
pub(crate) mod social_returns;
pub(crate) mod users;
