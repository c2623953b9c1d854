use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;

/// The key of RFC 8037, appendix A.
fn rfc_8037() -> SecretString {
    let seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    der.extend(URL_SAFE_NO_PAD.decode(seed).unwrap());
    pem("PRIVATE KEY", &der).into()
}

fn joined(texts: &[&SecretString]) -> SecretString {
    let texts: Vec<_> = texts.iter().map(|text| text.expose_secret()).collect();
    texts.join("\n").into()
}

#[test]
fn the_kid_is_the_thumbprint_of_rfc_7638() {
    let key = SigningKey::from_pem(&rfc_8037()).unwrap();
    assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn the_first_key_signs_and_all_are_published_without_a_private_part() {
    let new = SigningKey::generate_pem().unwrap();
    let keys = SigningKeys::from_pem(&joined(&[&new, &rfc_8037()])).unwrap();
    assert_eq!(keys.signing().kid(), SigningKey::from_pem(&new).unwrap().kid());

    let published = serde_json::to_value(keys.jwks()).unwrap();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);
    let expected = json!({
        "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
        "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    assert_eq!(published["keys"][1], expected);
}

#[test]
fn what_is_no_key_is_named_and_never_shown() {
    let load = |text: &str| SigningKeys::from_pem(&text.into()).unwrap_err().to_string();
    assert!(load("").starts_with("there is no key"));
    assert!(load("hunter2").starts_with("there is no key"));
    let good = rfc_8037();
    let twice = joined(&[&good, &good]);
    assert_eq!(load(twice.expose_secret()), "key 2 is there twice");
    let cut = &good.expose_secret()[..60];
    assert_eq!(load(cut), "key 1: the PEM block does not end");
    let public = SigningKey::from_pem(&good).unwrap().public_entry("x").unwrap();
    assert!(load(&public).starts_with("key 1: neither"));
}

#[test]
fn a_key_does_not_print() {
    let text = rfc_8037();
    let keys = SigningKeys::from_pem(&text).unwrap();
    let key = SigningKey::from_pem(&text).unwrap();
    let printed = format!("{text:?} {keys:?} {key:?}");
    assert!(!printed.contains("nWGx") && !printed.contains("MC4CAQ"), "{printed}");
}

#[test]
fn only_public_keys_for_checking_signatures_are_taken() {
    let taken = |change: Value| {
        let keys = SigningKeys::from_pem(&rfc_8037()).unwrap();
        let mut jwk = serde_json::to_value(&keys.jwks().keys[0]).unwrap();
        let change = change.as_object().unwrap().clone();
        jwk.as_object_mut().unwrap().extend(change);
        let jwk: Option<Jwk> = serde_json::from_value(jwk).ok();
        jwk.and_then(|jwk| VerifyingKey::from_jwk(&jwk)).is_some()
    };
    assert!(taken(json!({})));
    assert!(taken(json!({"alg": null, "use": null})));
    for bad in [
        json!({"use": "enc"}),
        json!({"key_ops": ["encrypt"]}),
        json!({"alg": "RS256"}),
        json!({"alg": "HS256"}),
        json!({"x": "AAAA"}),
        json!({"x": "not base64!"}),
        json!({"crv": "P-256"}),
        json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}),
        json!({"kty": "RSA", "alg": "RS256", "e": "AQAB", "n": "AQAB"}),
        json!({"kty": "EC", "alg": "ES256", "crv": "P-256", "y": "AQAB"}),
    ] {
        assert!(!taken(bad.clone()), "{bad}");
    }
}
