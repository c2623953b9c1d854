//! The keys of this machine, made once and kept in `.local/secrets`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::keys::SigningKey;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::services::SERVICES;
use crate::{Outcome, folder};

/// The keys of this machine.
pub struct Keys {
    /// What auth signs access tokens with.
    pub tokens: String,
    /// What sns seals providers' tokens under (`TOKEN_KEYS`).
    pub sns_tokens: String,
    /// What each service and the gateway sign assertions with, by name.
    pub private: BTreeMap<&'static str, String>,
    /// Their public halves (`ASSERTION_PUBLIC_KEYS`).
    pub public: String,
}

impl Keys {
    /// Reads them; makes those that are not there.
    pub fn open() -> Outcome<Self> {
        let key = |name: &str| {
            folder::secret(&format!("{name}.pem"), || {
                Ok(SigningKey::generate_pem()?.expose_secret().to_owned())
            })
        };
        let mut private = BTreeMap::new();
        let mut public = String::new();
        for name in SERVICES.iter().map(|service| service.name).chain(["gateway"]) {
            let pem = key(name)?;
            let parsed = SigningKey::from_pem(&SecretString::from(pem.as_str()))?;
            public.push_str(&parsed.public_entry(name).ok_or("an Ed25519 key is needed")?);
            private.insert(name, pem);
        }
        let sns_tokens = folder::secret("sns-tokens.key", || {
            let random = [Uuid::new_v4(), Uuid::new_v4()];
            Ok(format!("local:{}", STANDARD.encode(random.map(Uuid::into_bytes).concat())))
        })?;
        Ok(Keys { tokens: key("tokens")?, sns_tokens, private, public })
    }
}
