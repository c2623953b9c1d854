//! What only replicas with the same `JWT_SECRET` can read: sealed with AES-256-GCM under keys that HKDF derives from it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use secrecy::{ExposeSecret, SecretString};

/// Seals and opens. The first key seals; all are tried when opening, so that `JWT_SECRET` can be replaced.
#[derive(Debug)]
pub(crate) struct Seals(Vec<RandomizedNonceKey>);

impl Seals {
    /// Keys for one purpose out of each private key in `JWT_SECRET`.
    pub(crate) fn derive(secret: &SecretString, purpose: &[u8]) -> Result<Self, Unspecified> {
        let keys = private_keys(secret).map(|pem| {
            let mut key = [0; 32];
            let extracted = Salt::new(HKDF_SHA256, &[]).extract(pem.as_bytes());
            extracted.expand(&[purpose], HKDF_SHA256)?.fill(&mut key)?;
            RandomizedNonceKey::new(&AES_256_GCM, &key)
        });
        keys.collect::<Result<_, _>>().map(Seals)
    }

    /// Seals; it opens only together with the same `about`.
    pub(crate) fn seal(&self, plain: &[u8], about: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = plain.to_vec();
        let key = self.0.first().ok_or(Unspecified)?;
        let nonce = key.seal_in_place_append_tag(Aad::from(about), &mut sealed)?;
        sealed.splice(..0, *nonce.as_ref());
        Ok(sealed)
    }

    /// What was sealed; none where it was not by us, or about something else.
    pub(crate) fn open(&self, sealed: &[u8], about: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        self.0.iter().find_map(|key| {
            let (nonce, mut sealed) =
                (Nonce::try_assume_unique_for_key(nonce).ok()?, sealed.to_vec());
            let length = key.open_in_place(nonce, Aad::from(about), &mut sealed).ok()?.len();
            sealed.truncate(length);
            Some(sealed)
        })
    }
}

/// The private keys of `JWT_SECRET`, each from BEGIN to END, so that it derives the same wherever it stands.
pub(super) fn private_keys(secret: &SecretString) -> impl Iterator<Item = &str> {
    let blocks = secret.expose_secret().split("-----BEGIN").skip(1);
    blocks.filter_map(|block| block.split("-----END").next()).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seals(names: &[&str], purpose: &str) -> Seals {
        let pem: String = names
            .iter()
            .map(|name| format!("-----BEGIN X-----\n{name}\n-----END X-----\n"))
            .collect();
        Seals::derive(&pem.into(), purpose.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_secret_for_the_same_purpose_and_subject() {
        let sealed = seals(&["a"], "keys").seal(b"private", b"kid").unwrap();
        assert!(!sealed.windows(7).any(|bytes| bytes == b"private"));
        let opens = |seals: Seals, about: &[u8]| seals.open(&sealed, about);
        assert_eq!(opens(seals(&["a"], "keys"), b"kid").unwrap(), b"private");
        assert_eq!(opens(seals(&["b", "a"], "keys"), b"kid").unwrap(), b"private");
        assert_eq!(opens(seals(&["b"], "keys"), b"kid"), None);
        assert_eq!(opens(seals(&["a"], "rounds"), b"kid"), None);
        assert_eq!(opens(seals(&["a"], "keys"), b"other"), None);
        for index in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[index] ^= 1;
            assert_eq!(seals(&["a"], "keys").open(&forged, b"kid"), None, "{index}");
        }
        assert_eq!(seals(&["a"], "keys").open(b"short", b"kid"), None);
    }
}
