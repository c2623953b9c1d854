//! Decides when: loads, asks the domain, saves, publishes; all of one write in one transaction.

pub(crate) mod accounts;
pub(crate) mod app_settings;
pub(crate) mod cognito;
pub(crate) mod erasures;
pub(crate) mod exports;
pub(crate) mod imports;
pub(crate) mod keys;
pub(crate) mod login_failures;
pub(crate) mod mails;
pub(crate) mod members;
pub(crate) mod passwords;
pub(crate) mod proofs;
pub(crate) mod quotas;
pub(crate) mod resets;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod social;
pub(crate) mod unconfirmed;
pub(crate) mod users;
pub(crate) mod verifications;
