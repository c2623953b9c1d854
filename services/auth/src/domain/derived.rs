//! Tokens that are derived and therefore stored nowhere: a head that says what the token is for, and a tag that only
//! somebody with our keys can make.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;

use super::seals::private_keys;

/// The keys of one kind of token. The first derives; all are tried when reading, so that keys can be rotated.
pub(crate) struct DerivingKeys(Vec<hmac::Key>);

impl std::fmt::Debug for DerivingKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DerivingKeys({})", self.0.len())
    }
}

impl DerivingKeys {
    /// Keys of their own for this `kind` out of each private key in `JWT_SECRET`, so that one secret is enough to run.
    pub(crate) fn derive(secret: &SecretString, kind: &str) -> Self {
        let own = |pem: &str| {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes());
            let own = hmac::sign(&secret, kind.as_bytes());
            hmac::Key::new(hmac::HMAC_SHA256, own.as_ref())
        };
        Self(private_keys(secret).map(own).collect())
    }

    /// The token of a head.
    pub(crate) fn token(&self, head: &[u8]) -> String {
        let mut bytes = head.to_vec();
        if let Some(key) = self.0.first() {
            bytes.extend_from_slice(hmac::sign(key, head).as_ref());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The head of a token; none when we did not write it.
    pub(crate) fn read<const HEAD: usize>(&self, token: &str) -> Option<[u8; HEAD]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (head, tag) = bytes.split_first_chunk::<HEAD>()?;
        self.0.iter().find(|key| hmac::verify(key, head, tag).is_ok())?;
        Some(*head)
    }
}
