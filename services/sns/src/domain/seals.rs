//! Tokens at rest: sealed with AES-256-GCM under the keys of `TOKEN_KEYS`. The first seals, all open, so that they can be
//! replaced: put a new one first, and drop the old one when no row names it any more.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// The keys.
#[derive(Debug)]
pub(crate) struct Seals(Vec<(String, RandomizedNonceKey)>);

/// Something sealed, and under which key.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub(crate) key_id: String,
    pub(crate) bytes: Vec<u8>,
}

impl Seals {
    /// `id:key id:key …`, a key being 32 bytes in base64.
    pub(crate) fn of(keys: &SecretString) -> Result<Self, &'static str> {
        let wrong =
            "setting TOKEN_KEYS must be one or more of id:key, a key being 32 bytes in base64";
        let key = |entry: &str| {
            let (id, key) = entry.split_once(':').filter(|(id, _)| !id.is_empty())?;
            let key = RandomizedNonceKey::new(&AES_256_GCM, &STANDARD.decode(key).ok()?).ok()?;
            Some((id.to_owned(), key))
        };
        let keys: Option<Vec<_>> = keys.expose_secret().split_whitespace().map(key).collect();
        keys.filter(|keys| !keys.is_empty()).map(Seals).ok_or(wrong)
    }

    /// Seals; it opens only together with the same `about`.
    pub(crate) fn seal(&self, plain: &[u8], about: &[u8]) -> Result<Sealed, Unspecified> {
        let (key_id, key) = self.0.first().ok_or(Unspecified)?;
        let mut bytes = plain.to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::from(about), &mut bytes)?;
        bytes.splice(..0, *nonce.as_ref());
        Ok(Sealed { key_id: key_id.clone(), bytes })
    }

    /// What was sealed; none where the key has gone, or it was about something else.
    pub(crate) fn open(&self, sealed: &Sealed, about: &[u8]) -> Option<Vec<u8>> {
        let (_, key) = self.0.iter().find(|(id, _)| *id == sealed.key_id)?;
        let (nonce, bytes) = sealed.bytes.split_at_checked(NONCE_LEN)?;
        let (nonce, mut bytes) = (Nonce::try_assume_unique_for_key(nonce).ok()?, bytes.to_vec());
        let length = key.open_in_place(nonce, Aad::from(about), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// Whether it is sealed under the key that seals now.
    pub(crate) fn is_current(&self, sealed: &Sealed) -> bool {
        self.0.first().is_some_and(|(id, _)| *id == sealed.key_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seals(entries: &[(&str, u8)]) -> Result<Seals, &'static str> {
        let entry = |(id, byte): &(&str, u8)| format!("{id}:{}", STANDARD.encode([*byte; 32]));
        Seals::of(&entries.iter().map(entry).collect::<Vec<_>>().join("\n").into())
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let old = seals(&[("a", 1)]).unwrap();
        let sealed = old.seal(b"a token", b"account").unwrap();
        assert!(!sealed.bytes.windows(7).any(|bytes| bytes == b"a token"));
        let rotated = seals(&[("b", 2), ("a", 1)]).unwrap();
        assert_eq!(rotated.open(&sealed, b"account").unwrap(), b"a token");
        assert!(old.is_current(&sealed) && !rotated.is_current(&sealed));
        assert_eq!(rotated.seal(b"", b"").unwrap().key_id, "b");
        assert_eq!(rotated.open(&sealed, b"another"), None);
        assert_eq!(seals(&[("b", 2)]).unwrap().open(&sealed, b"account"), None);
        assert_eq!(seals(&[("a", 3)]).unwrap().open(&sealed, b"account"), None);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for keys in ["", "a", "a:b", ":AAAA", "a:AAAA"] {
            assert!(Seals::of(&keys.into()).is_err(), "{keys}");
        }
    }
}
