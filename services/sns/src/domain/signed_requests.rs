//! What Meta sends when somebody wants what we hold of them deleted: `<signature>.<payload>`, both in base64url, signed by
//! HMAC-SHA256 under the secret that it shares with us.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Payload {
    algorithm: String,
    user_id: Value,
}

/// Whom it is about, as the provider calls them; none where it is not the provider's word.
pub(crate) fn open(signed_request: &str, secret: &SecretString) -> Option<String> {
    let (signature, payload) = signed_request.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    hmac::verify(&key, payload.as_bytes(), &signature).ok()?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let payload: Payload = serde_json::from_slice(&payload).ok()?;
    let id = match payload.user_id {
        Value::String(id) => id,
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    payload.algorithm.eq_ignore_ascii_case("HMAC-SHA256").then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(payload: &str, secret: &str) -> String {
        let payload = URL_SAFE_NO_PAD.encode(payload);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, payload.as_bytes()));
        format!("{signature}.{payload}")
    }

    #[test]
    fn only_the_providers_word_is_believed() {
        let secret = SecretString::from("shared");
        let payload = r#"{"algorithm": "HMAC-SHA256", "user_id": "17", "issued_at": 1}"#;
        assert_eq!(open(&signed(payload, "shared"), &secret).as_deref(), Some("17"));
        let number = r#"{"algorithm": "HMAC-SHA256", "user_id": 17}"#;
        assert_eq!(open(&signed(number, "shared"), &secret).as_deref(), Some("17"));
        let plain = r#"{"algorithm": "none", "user_id": "17"}"#;
        let other = signed(&payload.replace("17", "18"), "guessed");
        let (signature, _) = other.split_once('.').unwrap();
        let stolen = format!("{signature}.{}", URL_SAFE_NO_PAD.encode(payload));
        for forged in
            [&*signed(payload, "guessed"), &stolen, &signed(plain, "shared"), "", ".", "a.b"]
        {
            assert_eq!(open(forged, &secret), None, "{forged}");
        }
    }
}
