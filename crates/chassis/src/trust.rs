//! Whom a process believes, and who it says it is: `ASSERTION_PUBLIC_KEYS` and `ASSERTION_KEY`.

use identity::Assertions;
use identity::assertion::{AssertionKeys, AssertionVerifier};
use identity::keys::SigningKey;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::settings::Secret;
use crate::{Clock, StartError};

/// How many verified assertions a service remembers.
const REMEMBERED: u64 = 50_000;

/// The keys of assertions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Trust {
    /// Public keys in PEM, each headed by the name of whom it belongs to.
    pub assertion_public_keys: String,
    /// This process's private key in PEM; needed by those who call other services.
    #[serde(default)]
    #[schemars(with = "Option<Secret>")]
    pub assertion_key: Option<SecretString>,
}

impl Trust {
    /// What the extractors `Caller` and `ServiceCaller` ask.
    pub(crate) fn assertions(
        &self,
        service: &str,
        clock: &Clock,
    ) -> Result<Assertions, StartError> {
        let keys: AssertionKeys = self
            .assertion_public_keys
            .parse()
            .map_err(|error| format!("setting ASSERTION_PUBLIC_KEYS: {error}"))?;
        let clock = clock.clone();
        Ok(Assertions::new(AssertionVerifier::new(service, keys, REMEMBERED), move || clock.now()))
    }

    pub(crate) fn key(&self) -> Result<Option<SigningKey>, StartError> {
        let key = self.assertion_key.as_ref().map(SigningKey::from_pem).transpose();
        key.map_err(|error| format!("setting ASSERTION_KEY: {error}").into())
    }
}
