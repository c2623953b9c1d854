//! Alone in its process: `jsonwebtoken` must have been told which cryptography to use before the first token.

use identity::keys::SigningKey;
use jsonwebtoken::crypto::aws_lc;

#[test]
fn loading_a_key_settles_the_cryptography() {
    assert!(SigningKey::from_pem(&"no key".into()).is_err());
    let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(SigningKey::from_pem(&broken.into()).is_err());
    assert!(aws_lc::DEFAULT_PROVIDER.install_default().is_err(), "settled before");
}
