//! What auth decides: rules without I/O.

pub(crate) mod app_settings;
pub(crate) mod audit;
pub(crate) mod cognito_sessions;
pub(crate) mod derived;
pub(crate) mod erasures;
pub(crate) mod imports;
pub(crate) mod keys;
pub(crate) mod mail_tokens;
pub(crate) mod mails;
pub(crate) mod members;
pub(crate) mod passwords;
pub(crate) mod quotas;
pub(crate) mod revocations;
pub(crate) mod roles;
pub(crate) mod seals;
pub(crate) mod sessions;
pub(crate) mod social;
pub(crate) mod users;
