//! Keys: private ones out of PEM, public ones into JWKS.
//!
//! `kid` is always the RFC 7638 thumbprint (SHA-256, base64url): the same key has the same name in every process.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, KeyAlgorithm, KeyOperations, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use secrecy::{ExposeSecret, SecretString};

pub use jsonwebtoken::jwk::{Jwk, JwkSet};

/// Why keys could not be loaded. Never shows what was in them.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no PEM block in it.
    #[error("there is no key in it: expected -----BEGIN … KEY-----")]
    Empty,
    /// A block begins and does not end.
    #[error("key {0}: the PEM block does not end")]
    Unfinished(usize),
    /// A block is not a key that we use.
    #[error("key {0}: neither Ed25519 (PKCS#8, SPKI) nor RSA of 2048 bits or more")]
    Unusable(usize),
    /// A public key of an unnamed issuer.
    #[error("key {0}: the line before -----BEGIN must name its issuer, for example: gateway")]
    Unnamed(usize),
    /// The same key for two issuers.
    #[error("key {0} is there twice")]
    Twice(usize),
    /// The system gave no random numbers.
    #[error("no key could be generated")]
    Generate,
}

/// A private key with its public half. `Debug` shows the `kid` only.
#[derive(Clone)]
pub struct SigningKey {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: EncodingKey,
    public: Jwk,
}

impl SigningKey {
    /// A new Ed25519 key, as the PEM that [`SigningKey::from_pem`] reads.
    pub fn generate_pem() -> Result<SecretString, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Generate)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Generate)?;
        Ok(pem("PRIVATE KEY", der.as_ref()).into())
    }

    /// A new Ed25519 key.
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_pem(&Self::generate_pem()?)
    }

    /// The first key of a PEM text (`ASSERTION_KEY`).
    pub fn from_pem(text: &SecretString) -> Result<Self, KeyError> {
        let (_, block) = blocks(text.expose_secret()).next().ok_or(KeyError::Empty)?;
        Self::from_block(block.ok_or(KeyError::Unfinished(1))?).ok_or(KeyError::Unusable(1))
    }

    fn from_block(block: &str) -> Option<Self> {
        choose_provider();
        let (algorithm, key, mut public) = match EncodingKey::from_ed_pem(block.as_bytes()) {
            Ok(key) => {
                let pair = Ed25519KeyPair::from_pkcs8(key.as_bytes()).ok()?;
                let public = DecodingKey::from_ed_der(pair.public_key().as_ref());
                let public = Jwk::from_decoding_key(&public, Some(Algorithm::EdDSA)).ok()?;
                (Algorithm::EdDSA, key, public)
            }
            Err(_) => {
                let key = EncodingKey::from_rsa_pem(block.as_bytes()).ok()?;
                let public = Jwk::from_encoding_key(&key, Algorithm::RS256).ok()?;
                (Algorithm::RS256, key, public)
            }
        };
        VerifyingKey::from_jwk(&public)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).ok()?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Some(SigningKey { kid, algorithm, key, public })
    }

    /// The key's name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, as it is published.
    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// The public half as one entry of `ASSERTION_PUBLIC_KEYS`; none for RSA, which signs no assertions.
    pub fn public_entry(&self, issuer: &str) -> Option<String> {
        let pair = Ed25519KeyPair::from_pkcs8(self.key.as_bytes()).ok()?;
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        Some(format!("{issuer}\n{}", pem("PUBLIC KEY", der.as_ref())))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

/// The private keys of a setting (`JWT_SECRET`), in its order.
#[derive(Clone, Debug)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// Reads one or more PEM blocks: Ed25519 (PKCS#8) or RSA (PKCS#8 or PKCS#1).
    pub fn from_pem(text: &SecretString) -> Result<Self, KeyError> {
        let mut keys: Vec<SigningKey> = Vec::new();
        for (index, (_, block)) in blocks(text.expose_secret()).enumerate() {
            let number = index + 1;
            let block = block.ok_or(KeyError::Unfinished(number))?;
            let key = SigningKey::from_block(block).ok_or(KeyError::Unusable(number))?;
            if keys.iter().any(|other| other.kid == key.kid) {
                return Err(KeyError::Twice(number));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(SigningKeys(keys))
    }

    /// The first.
    pub fn signing(&self) -> &SigningKey {
        &self.0[0]
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.0.iter()
    }

    /// Their public halves.
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: self.0.iter().map(|key| key.public.clone()).collect() }
    }
}

/// A public key, with the one algorithm that it is used with.
#[derive(Clone, Debug)]
pub(crate) struct VerifyingKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

impl VerifyingKey {
    /// The key of a JWK; none where it is symmetric, too weak, misshapen, or not for checking signatures.
    pub(crate) fn from_jwk(jwk: &Jwk) -> Option<Self> {
        choose_provider();
        let common = &jwk.common;
        let for_signatures =
            common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
                && common
                    .key_operations
                    .as_ref()
                    .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let algorithm = algorithm_of(jwk).filter(|_| for_signatures)?;
        let key = DecodingKey::from_jwk(jwk).ok()?;
        let well_shaped = match (algorithm, key.kind()) {
            (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(point)) => point.len() == 32,
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => point.len() == 65,
            (Algorithm::ES384, DecodingKeyKind::SecretOrDer(point)) => point.len() == 97,
            (_, DecodingKeyKind::RsaModulusExponent { n, .. }) => (256..=1024).contains(&n.len()),
            _ => false,
        };
        well_shaped.then_some(VerifyingKey { algorithm, key })
    }

    /// An Ed25519 public key and its `kid`, out of one PEM block.
    pub(crate) fn from_ed25519_block(block: &str) -> Option<(String, Self)> {
        choose_provider();
        let key = DecodingKey::from_ed_pem(block.as_bytes()).ok()?;
        let jwk = Jwk::from_decoding_key(&key, Some(Algorithm::EdDSA)).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        Some((kid, Self::from_jwk(&jwk)?))
    }
}

/// What the key itself says it is for; `alg` may narrow it down within the key's own kind.
fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    let possible: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(key) => match key.curve {
            EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
            _ => &[],
        },
        _ => &[],
    };
    match jwk.common.key_algorithm {
        None => possible.first().copied(),
        Some(named) => {
            possible.iter().copied().find(|&algorithm| KeyAlgorithm::from(algorithm) == named)
        }
    }
}

/// `jsonwebtoken` guesses its cryptography from cargo features and panics at the first token when another crate of
/// the build has turned on a second one: every key that is loaded settles it first.
fn choose_provider() {
    // Refused where it was chosen before, which is what we want.
    let _ = aws_lc::DEFAULT_PROVIDER.install_default();
}

/// The PEM blocks of a text, each with what stands before it; no block where it begins and does not end.
pub(crate) fn blocks(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "-----END ";
    const DASHES: &str = "-----";
    let mut rest = text;
    std::iter::from_fn(move || {
        let (before, from_begin) = rest.split_at(rest.find(BEGIN)?);
        let end = from_begin.find(END).and_then(|end| {
            let label = end + END.len();
            let dashes = from_begin[label..].find(DASHES)?;
            Some(label + dashes + DASHES.len())
        });
        let (block, after) = from_begin.split_at(end.unwrap_or(from_begin.len()));
        rest = after;
        Some((before, end.map(|_| block)))
    })
}

/// One PEM block. An Ed25519 key fits in one line.
fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests;
