//! The compact JWS: taken apart without trust, believed only through a key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::keys::{SigningKey, VerifyingKey};

/// Longer ones are refused unread; it also bounds what remembering one costs.
const LONGEST_BYTES: usize = 8 * 1024;

#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// A token as it came in. Its claims come out by [`Unverified::verify`]; only what is needed to find the key can be
/// looked at before.
pub(crate) struct Unverified<'t, C> {
    header: Header,
    signed: &'t str,
    signature: &'t str,
    claims: C,
}

impl<'t, C: DeserializeOwned> Unverified<'t, C> {
    /// Takes a token apart. `none` and unknown algorithms end here, and so does `crit`: we know no extension.
    pub(crate) fn parse(token: &'t str) -> Result<Self, Refusal> {
        if token.len() > LONGEST_BYTES {
            return Err(Refusal::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        let header: Header = decode(header)?;
        if header.crit.is_some() {
            return Err(Refusal::Malformed);
        }
        Ok(Unverified { header, signed, signature, claims: decode(claims)? })
    }

    /// The name of the key that the token says it was signed with.
    pub(crate) fn kid(&self) -> Result<&str, Refusal> {
        self.header.kid.as_deref().ok_or(Refusal::UnknownKey)
    }

    /// The claims, unproved: for finding the issuer and nothing else.
    pub(crate) fn unproved(&self) -> &C {
        &self.claims
    }

    /// The claims, proved. The key says which algorithm is used; a token that says another is refused.
    pub(crate) fn verify(self, key: &VerifyingKey) -> Result<C, Refusal> {
        let VerifyingKey { algorithm, key } = key;
        let proved = self.header.alg == *algorithm
            && crypto::verify(self.signature, self.signed.as_bytes(), key, *algorithm)
                .unwrap_or(false);
        proved.then_some(self.claims).ok_or(Refusal::BadSignature)
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, Refusal> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| Refusal::Malformed)
}

/// Signs the claims of a token; the header names the key and its algorithm.
pub(crate) fn sign<C: Serialize>(claims: &C, key: &SigningKey) -> Result<String, SignError> {
    sign_as("JWT", claims, key)
}

/// The same for what its `typ` says.
pub(crate) fn sign_as<C: Serialize>(
    typ: &str,
    claims: &C,
    key: &SigningKey,
) -> Result<String, SignError> {
    let mut header = jsonwebtoken::Header::new(key.algorithm);
    header.typ = Some(typ.to_owned());
    header.kid = Some(key.kid.clone());
    Ok(jsonwebtoken::encode(&header, claims, &key.key)?)
}

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// What it would be derived from has ended.
    #[error("the token that this would be derived from has expired")]
    Expired,
    /// The cryptography failed.
    #[error("signing failed")]
    Key(#[from] jsonwebtoken::errors::Error),
}
