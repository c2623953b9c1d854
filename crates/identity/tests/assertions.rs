//! Promise 2, without HTTP: what the gateway and the services sign for each other.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking; the allowance for tests does not reach their helpers"
)]

mod support;

use bytes::Bytes;
use contracts::UserId;
use identity::assertion::{
    AssertionKeys, AssertionSigner, AssertionVerifier, LIFETIME_SECONDS, SignError, Subject,
};
use identity::{Refusal, Roles};
use jiff::Timestamp;
use serde_json::{Value, json};
use support::{Key, NOW, at, now, with};
use uuid::Uuid;

const MEMBER: UserId = UserId(Uuid::from_u128(7));
const SESSION: Uuid = Uuid::from_u128(8);

struct House {
    gateway: Key,
    quest: Key,
    analysis: AssertionVerifier,
}

impl House {
    fn new() -> Self {
        let (gateway, quest) = (Key::ed25519(), Key::ed25519());
        let entry = |key: &Key, name| key.signing_key().public_entry(name).unwrap();
        let keys = entry(&gateway, "gateway") + &entry(&quest, "quest");
        let analysis = AssertionVerifier::new("analysis", keys.parse().unwrap(), 100);
        House { gateway, quest, analysis }
    }

    fn gateway_to(&self, service: &str) -> AssertionSigner {
        AssertionSigner::new("gateway", service, self.gateway.signing_key(), 100)
    }

    fn refusal(&self, assertion: &str) -> Option<Refusal> {
        self.analysis.verify(assertion, now()).err()
    }
}

fn member(not_after: i64) -> Subject {
    let roles: Roles = ["admin"].into_iter().collect();
    Subject::member(MEMBER, roles, Some(SESSION), at(not_after))
}

fn text(assertion: &Bytes) -> &str {
    std::str::from_utf8(assertion).unwrap()
}

#[test]
fn a_service_believes_the_gateway_about_a_member() {
    let house = House::new();
    let assertion = house.gateway_to("analysis").sign(&member(NOW + 600), now()).unwrap();
    let believed = house.analysis.verify(text(&assertion), now()).unwrap();
    assert_eq!(&*believed.issuer, "gateway");
    assert_eq!(believed.user_id, Some(MEMBER));
    assert_eq!(believed.session_id, Some(SESSION));
    assert!(believed.roles.has("admin"));
}

#[test]
fn a_service_believes_a_service() {
    let house = House::new();
    let signer = AssertionSigner::new("quest", "analysis", house.quest.signing_key(), 100);
    for member in [None, Some(MEMBER)] {
        let assertion = signer.sign(&Subject::service(member), now()).unwrap();
        let believed = house.analysis.verify(text(&assertion), now()).unwrap();
        assert_eq!(&*believed.issuer, "quest");
        assert_eq!(believed.user_id, member);
    }
}

#[test]
fn an_assertion_ends_after_a_minute_and_with_its_token() {
    let house = House::new();
    let signer = house.gateway_to("analysis");
    let verify =
        |assertion: &Bytes, now: Timestamp| house.analysis.verify(text(assertion), now).err();

    let long = signer.sign(&member(NOW + 600), now()).unwrap();
    assert_eq!(verify(&long, at(NOW + LIFETIME_SECONDS - 1)), None);
    assert_eq!(verify(&long, at(NOW + LIFETIME_SECONDS)), Some(Refusal::Expired), "remembered");
    let short = signer.sign(&member(NOW + 10), now()).unwrap();
    assert_eq!(verify(&short, at(NOW + 10)), Some(Refusal::Expired), "at first sight");
    assert_eq!(verify(&short, at(NOW + 9)), None);

    let late = signer.sign(&member(NOW), now());
    assert!(matches!(late, Err(SignError::Expired)));
    let late = signer.sign(&member(NOW + 10), at(NOW + 10));
    assert!(matches!(late, Err(SignError::Expired)), "remembered");
}

#[test]
fn the_same_is_signed_once_in_half_a_minute() {
    let house = House::new();
    let signer = house.gateway_to("analysis");
    let sign = |subject: &Subject, second| signer.sign(subject, at(NOW + second)).unwrap();
    let first = sign(&member(NOW + 600), 0);
    assert_eq!(sign(&member(NOW + 600), 29), first);
    let renewed = sign(&member(NOW + 600), 30);
    assert_ne!(renewed, first);
    assert_eq!(sign(&member(NOW + 600), 59), renewed);

    let other = Subject::member(UserId(Uuid::from_u128(9)), Roles::default(), None, at(NOW + 600));
    assert_ne!(sign(&other, 30), renewed);
    let demoted = Subject::member(MEMBER, Roles::default(), Some(SESSION), at(NOW + 600));
    assert_ne!(sign(&demoted, 30), renewed);

    // Nothing younger could live longer: signing again would be in vain.
    let ending = sign(&member(NOW + 50), 0);
    assert_eq!(sign(&member(NOW + 50), 49), ending);
}

#[test]
fn what_is_meant_for_another_service_or_made_by_anybody_else_is_refused() {
    use Refusal::*;
    let house = House::new();
    let claims = json!({
        "iss": "gateway", "aud": "analysis", "sub": MEMBER, "roles": [], "sid": SESSION, "iat": NOW, "exp": NOW + 60,
    });
    let changed = |changes: Value| house.gateway.sign(&with(&claims, changes));
    let good = changed(json!({}));
    assert_eq!(house.refusal(&good), None);
    let header = house.gateway.header();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let tampered = support::message(&header, &with(&claims, json!({"sub": SESSION})));
    let rows = [
        ("tampered", format!("{tampered}.{signature}"), BadSignature),
        ("unsigned", format!("{signed}."), BadSignature),
        ("none", format!("{}.", support::message(&json!({"alg": "none"}), &claims)), Malformed),
        ("a stranger", Key::ed25519().sign(&claims), UnknownKey),
        ("a stranger by a known name", Key::ed25519().sign_as(&header, &claims), BadSignature),
        ("a service as the gateway", house.quest.sign(&claims), UnknownIssuer),
        ("the gateway as a service", changed(json!({"iss": "quest"})), UnknownIssuer),
        ("no issuer", changed(json!({"iss": null})), MissingClaim),
        ("another service's", changed(json!({"aud": "quest"})), WrongAudience),
        ("no audience", changed(json!({"aud": null})), MissingClaim),
        ("two audiences", changed(json!({"aud": ["analysis", "quest"]})), Malformed),
        ("no exp", changed(json!({"exp": null})), MissingClaim),
        ("expired", changed(json!({"iat": NOW - 60, "exp": NOW})), Expired),
        ("no iat", changed(json!({"iat": null})), MissingClaim),
        ("of the future", changed(json!({"iat": NOW + 31, "exp": NOW + 91})), NotYetValid),
        ("too long", changed(json!({"exp": NOW + 61})), WrongKind),
        ("endless", changed(json!({"iat": i64::MIN, "exp": i64::MAX})), WrongKind),
        ("a sub that is no id", changed(json!({"sub": "me"})), Malformed),
    ];
    for (name, assertion, expected) in rows {
        assert_eq!(house.refusal(&assertion), Some(expected), "{name}");
    }
}

#[test]
fn two_keys_of_one_issuer_hold_during_a_rotation() {
    let (old, new) = (Key::ed25519(), Key::ed25519());
    let entry = |key: &Key| key.signing_key().public_entry("gateway").unwrap();
    let keys = format!("# two during a rotation\n{}\n\n{}", entry(&old), entry(&new));
    let verifier = AssertionVerifier::new("analysis", keys.parse().unwrap(), 100);
    for key in [old, new] {
        let signer = AssertionSigner::new("gateway", "analysis", key.signing_key(), 100);
        let assertion = signer.sign(&member(NOW + 600), now()).unwrap();
        assert!(verifier.verify(text(&assertion), now()).is_ok());
    }
}

#[test]
fn public_keys_that_cannot_be_used_are_named() {
    let complaint = |text: &str| text.parse::<AssertionKeys>().unwrap_err().to_string();
    let entry = Key::ed25519().signing_key().public_entry("gateway").unwrap();
    let unnamed = entry.trim_start_matches("gateway\n");
    assert!(complaint("").starts_with("there is no key"));
    assert!(complaint(unnamed).starts_with("key 1: the line before"));
    assert!(complaint(&format!("{entry}{unnamed}")).starts_with("key 2: the line before"));
    assert_eq!(complaint(&format!("{entry}{entry}")), "key 2 is there twice");
    assert_eq!(complaint(&entry[..60]), "key 1: the PEM block does not end");
    let private = identity::keys::SigningKey::generate_pem().unwrap();
    let private = format!("gateway\n{}", secrecy::ExposeSecret::expose_secret(&private));
    assert!(complaint(&private).starts_with("key 1: neither"));
    assert!(Key::rsa().signing_key().public_entry("gateway").is_none());
}
