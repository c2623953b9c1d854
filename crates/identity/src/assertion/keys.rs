//! `ASSERTION_PUBLIC_KEYS`: whose assertions are believed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::str::FromStr;
use std::sync::Arc;

use crate::keys::{KeyError, VerifyingKey, blocks};

/// Public Ed25519 keys by `kid`, each belonging to one issuer.
///
/// The text is PEM, each block headed by its issuer's name on the line before. An issuer has two during a rotation:
///
/// ```text
/// gateway
/// -----BEGIN PUBLIC KEY-----
/// MCowBQYDK2VwAyEA…
/// -----END PUBLIC KEY-----
/// quest
/// -----BEGIN PUBLIC KEY-----
/// …
/// ```
///
/// So a new one is appended with `(echo gateway; openssl pkey -in new.pem -pubout) >> keys.pem`.
#[derive(Clone, Debug)]
pub struct AssertionKeys(HashMap<String, (Arc<str>, VerifyingKey)>);

impl AssertionKeys {
    /// The key of this name, and whose it is.
    pub(super) fn find(&self, kid: &str) -> Option<&(Arc<str>, VerifyingKey)> {
        self.0.get(kid)
    }
}

impl FromStr for AssertionKeys {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut keys = HashMap::new();
        for (index, (before, block)) in blocks(text).enumerate() {
            let number = index + 1;
            let issuer = before.lines().map(str::trim).rfind(|line| !line.is_empty());
            let issuer = issuer.ok_or(KeyError::Unnamed(number))?;
            let block = block.ok_or(KeyError::Unfinished(number))?;
            let (kid, key) =
                VerifyingKey::from_ed25519_block(block).ok_or(KeyError::Unusable(number))?;
            match keys.entry(kid) {
                Entry::Occupied(_) => return Err(KeyError::Twice(number)),
                Entry::Vacant(place) => place.insert((issuer.into(), key)),
            };
        }
        if keys.is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(AssertionKeys(keys))
    }
}
