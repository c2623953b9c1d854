//! Promise 3: which access tokens are believed, and which are not.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking; the allowance for tests does not reach their helpers"
)]

mod support;

use std::sync::Arc;

use contracts::UserId;
use identity::access::{
    AccessTokenIssuer, Revocations, TokenIssuers, TokenVerifier, VerifierSettings,
};
use identity::keys::SigningKeys;
use identity::{LEEWAY_SECONDS, Refusal, Roles};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::{Key, KeyEndpoint, NOW, at, message, now, with};
use uuid::Uuid;

const ISSUER: &str = "https://auth.test";
const AUDIENCE: &str = "damacorch";
const COGNITO: &str = "https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_test";
const CLIENT: &str = "3n4b5urk1ft4fl3mg5e62d9ado";
const SUB: &str = "018f2c1e-7d9a-7b7e-9c1e-5f2b8a4d6c10";
const SID: &str = "018f2c1e-7d9a-7b7e-9c1e-000000000001";

/// A verifier of two issuers: ours with Ed25519, and one of Cognito's shape with RSA.
struct Door {
    verifier: TokenVerifier,
    revocations: Arc<Revocations>,
    ours: Key,
    cognito: Key,
    _endpoints: [KeyEndpoint; 2],
}

impl Door {
    async fn open() -> Self {
        let (ours, cognito) = (Key::ed25519(), Key::rsa());
        let endpoints =
            [KeyEndpoint::publishing(&[&ours]).await, KeyEndpoint::publishing(&[&cognito]).await];
        let issuers: TokenIssuers = json!([
            {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": endpoints[0].url()},
            {"issuer": COGNITO, "audience": CLIENT, "jwks_url": endpoints[1].url()},
        ])
        .to_string()
        .parse()
        .unwrap();
        let revocations = Arc::new(Revocations::new(100));
        let settings = VerifierSettings::default();
        let verifier = TokenVerifier::new(&issuers, Arc::clone(&revocations), settings).unwrap();
        Door { verifier, revocations, ours, cognito, _endpoints: endpoints }
    }

    async fn refusal(&self, token: &str) -> Option<Refusal> {
        self.verifier.verify(token, now()).await.err()
    }
}

fn our_claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": SUB, "sid": SID, "roles": ["admin"], "token_use": "access",
        "iat": NOW - 60, "exp": NOW + 540, "jti": "018f2c1e-7d9a-7b7e-9c1e-000000000002",
    })
}

/// As Cognito's documentation shows an access token.
fn cognito_claims() -> Value {
    json!({
        "sub": SUB, "device_key": "aaaa", "cognito:groups": ["admin", "ap-northeast-2_test_Google"], "iss": COGNITO,
        "version": 2, "client_id": CLIENT, "origin_jti": SID, "event_id": "bbbb", "token_use": "access",
        "scope": "openid phone", "auth_time": NOW - 60, "exp": NOW + 3540, "iat": NOW - 60,
        "jti": "018f2c1e-7d9a-7b7e-9c1e-000000000003", "username": SUB,
    })
}

#[actix_web::test]
async fn what_auth_issues_is_believed() {
    let door = Door::open().await;
    let key = door.ours.signing_key();
    let issuer = AccessTokenIssuer::new(ISSUER, AUDIENCE, key, SignedDuration::from_mins(10));
    let (user_id, session_id) = (UserId(Uuid::from_u128(1)), Uuid::from_u128(2));
    let roles: Roles = ["coach"].into_iter().collect();
    let issued = issuer.issue(user_id, session_id, &roles, now()).unwrap();
    assert_eq!(issued.expires_at, at(NOW + 600));
    assert!(!format!("{issued:?}").contains("eyJ"), "a token does not print");

    let token = issued.token.expose_secret();
    let believed = door.verifier.verify(token, now()).await.unwrap();
    assert_eq!(believed.user_id(), user_id);
    assert_eq!(believed.session_id(), Some(session_id));
    assert_eq!(believed.roles(), &roles);
    assert_eq!(believed.expires_at(), NOW + 600);
}

#[actix_web::test]
async fn auth_believes_its_own_tokens_without_asking_anybody() {
    let key = Key::ed25519();
    let keys = SigningKeys::from_pem(&key.pem).unwrap();
    let revocations = Arc::new(Revocations::new(100));
    let verifier: TokenVerifier = TokenVerifier::own(ISSUER, AUDIENCE, keys.jwks(), revocations);
    assert!(verifier.verify(&key.sign(&our_claims()), now()).await.is_ok());
    let strange = Key::ed25519().sign(&our_claims());
    let refused = verifier.verify(&strange, now()).await.err();
    assert_eq!(refused, Some(Refusal::UnknownKey));
}

#[actix_web::test]
async fn tokens_of_cognitos_shape_are_believed_beside_ours() {
    let door = Door::open().await;
    let theirs = door.cognito.sign(&cognito_claims());
    let believed = door.verifier.verify(&theirs, now()).await.unwrap();
    assert_eq!(believed.user_id().to_string(), SUB);
    assert_eq!(believed.session_id().unwrap().to_string(), SID);
    assert!(believed.roles().has("admin"));

    let without = with(&cognito_claims(), json!({"origin_jti": null, "cognito:groups": null}));
    let believed = door.verifier.verify(&door.cognito.sign(&without), now()).await.unwrap();
    assert_eq!(
        believed.session_id(),
        Some(Uuid::from_u128(0x018f2c1e_7d9a_7b7e_9c1e_000000000003))
    );
    assert_eq!(believed.roles(), &Roles::default());

    assert_eq!(door.refusal(&door.ours.sign(&our_claims())).await, None);
}

#[actix_web::test]
async fn every_claim_is_needed_and_must_be_right() {
    use Refusal::*;
    let rows = [
        (json!({"iss": null}), MissingClaim),
        (json!({"iss": "https://evil.test"}), UnknownIssuer),
        (json!({"iss": format!("{ISSUER}/")}), UnknownIssuer),
        (json!({"iss": 1}), Malformed),
        (json!({"aud": null}), MissingClaim),
        (json!({"aud": "somebody else"}), WrongAudience),
        (json!({"aud": []}), WrongAudience),
        (json!({"aud": ["somebody else"]}), WrongAudience),
        (json!({"aud": "somebody else", "client_id": AUDIENCE}), WrongAudience),
        (json!({"aud": null, "client_id": "somebody else"}), WrongAudience),
        (json!({"exp": null}), MissingClaim),
        (json!({"exp": NOW}), Expired),
        (json!({"exp": NOW - LEEWAY_SECONDS - 1}), Expired),
        (json!({"exp": 0}), Expired),
        (json!({"exp": -1}), Expired),
        (json!({"exp": "tomorrow"}), Malformed),
        (json!({"exp": i64::MAX}), Malformed),
        (json!({"iat": null}), MissingClaim),
        (json!({"iat": NOW + LEEWAY_SECONDS + 1}), NotYetValid),
        (json!({"nbf": NOW + LEEWAY_SECONDS + 1}), NotYetValid),
        (json!({"sub": null}), MissingClaim),
        (json!({"sub": ""}), MissingClaim),
        (json!({"sub": "42"}), MissingClaim),
        (json!({"sid": "not a uuid"}), MissingClaim),
        (json!({"token_use": null}), MissingClaim),
        (json!({"token_use": "refresh"}), WrongKind),
        (json!({"token_use": "id"}), WrongKind),
        (json!({"token_use": "Access"}), WrongKind),
        (json!({"roles": "admin"}), Malformed),
    ];
    let door = Door::open().await;
    for (change, expected) in rows {
        let token = door.ours.sign(&with(&our_claims(), change.clone()));
        assert_eq!(door.refusal(&token).await, Some(expected), "{change}");
    }
    let cognito = [
        (json!({"client_id": null}), MissingClaim),
        (json!({"client_id": AUDIENCE}), WrongAudience),
        (json!({"client_id": null, "aud": AUDIENCE}), WrongAudience),
        (json!({"client_id": [CLIENT]}), Malformed),
        (json!({"iss": format!("{COGNITO}x")}), UnknownIssuer),
        (json!({"iss": ISSUER}), UnknownKey),
        (json!({"token_use": "id"}), WrongKind),
        (json!({"token_use": "id", "client_id": null, "aud": CLIENT}), WrongKind),
        (json!({"token_use": null}), MissingClaim),
        (json!({"sub": null}), MissingClaim),
        (json!({"sub": "minji"}), MissingClaim),
        (json!({"origin_jti": "not a uuid"}), MissingClaim),
        (json!({"cognito:groups": "admin"}), Malformed),
        (json!({"exp": NOW}), Expired),
    ];
    for (change, expected) in cognito {
        let token = door.cognito.sign(&with(&cognito_claims(), change.clone()));
        assert_eq!(door.refusal(&token).await, Some(expected), "Cognito {change}");
    }
}

#[actix_web::test]
async fn a_clock_may_be_a_little_off_and_an_audience_may_be_a_list() {
    let door = Door::open().await;
    for change in [
        json!({"iat": NOW + LEEWAY_SECONDS, "nbf": NOW + LEEWAY_SECONDS}),
        json!({"exp": NOW + 1}),
        json!({"aud": ["somebody else", AUDIENCE]}),
        json!({"aud": null, "client_id": AUDIENCE}),
        json!({"roles": null, "sid": null, "jti": null}),
    ] {
        let token = door.ours.sign(&with(&our_claims(), change.clone()));
        assert_eq!(door.refusal(&token).await, None, "{change}");
    }
    const { assert!(LEEWAY_SECONDS <= 30) };
}

#[actix_web::test]
async fn only_the_issuers_own_key_and_algorithm_hold() {
    use Refusal::*;
    let door = Door::open().await;
    let (claims, header) = (our_claims(), door.ours.header());
    let rs = with(&header, json!({"alg": "RS256"}));
    let good = door.ours.sign(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let another = message(&header, &with(&claims, json!({"roles": ["root"]})));
    let of_cognito = message(&door.cognito.header(), &claims);

    let rows = [
        (
            "none",
            format!("{}.", message(&with(&header, json!({"alg": "none"})), &claims)),
            Malformed,
        ),
        (
            "None",
            format!("{}.", message(&with(&header, json!({"alg": "None"})), &claims)),
            Malformed,
        ),
        ("no signature", format!("{signed}."), BadSignature),
        ("another's signature", format!("{another}.{signature}"), BadSignature),
        (
            "a strange key under a known name",
            Key::ed25519().sign_as(&header, &claims),
            BadSignature,
        ),
        ("a strange key", Key::ed25519().sign(&claims), UnknownKey),
        ("the other issuer's key", door.cognito.sign(&claims), UnknownKey),
        ("the other issuer's key, our name", door.cognito.sign_as(&rs, &claims), BadSignature),
        ("the other issuer's header", format!("{of_cognito}.{signature}"), UnknownKey),
        ("another algorithm named", door.ours.sign_as(&rs, &claims), BadSignature),
        ("no kid", door.ours.sign_as(&with(&header, json!({"kid": null})), &claims), UnknownKey),
        (
            "crit",
            door.ours.sign_as(&with(&header, json!({"crit": ["b64"], "b64": true})), &claims),
            Malformed,
        ),
        ("empty", String::new(), Malformed),
        ("dots", "...".to_owned(), Malformed),
        ("two parts", signed.to_owned(), Malformed),
        ("four parts", format!("{good}.x"), Malformed),
        ("padding", format!("{good}="), BadSignature),
        ("too long", door.ours.sign(&with(&claims, json!({"x": "x".repeat(8192)}))), Malformed),
    ];
    for (name, token, expected) in rows {
        assert_eq!(door.refusal(&token).await, Some(expected), "{name}");
    }
    assert_eq!(door.refusal(&good).await, None);
}

#[actix_web::test]
async fn a_public_key_is_no_secret() {
    let door = Door::open().await;
    let keys = SigningKeys::from_pem(&door.cognito.pem).unwrap();
    let modulus = door.cognito.jwk["n"].as_str().unwrap();
    let jwk = serde_json::to_string(&keys.jwks().keys[0]).unwrap();
    for secret in [modulus, &jwk] {
        for (alg, algorithm) in [("HS256", Algorithm::HS256), ("HS512", Algorithm::HS512)] {
            let header = json!({"alg": alg, "kid": door.cognito.kid});
            let message = message(&header, &cognito_claims());
            let key = EncodingKey::from_secret(secret.as_bytes());
            let signature = crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
            let forged = format!("{message}.{signature}");
            assert_eq!(door.refusal(&forged).await, Some(Refusal::BadSignature), "{alg}");
        }
    }
}

#[actix_web::test]
async fn a_remembered_token_is_still_looked_at() {
    let door = Door::open().await;
    let token = door.ours.sign(&our_claims());
    assert!(door.verifier.recall(&token, now()).is_none());
    let first = door.verifier.verify(&token, now()).await.unwrap();
    let second = door.verifier.verify(&token, at(NOW + 539)).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second), "remembered");

    let recalled = door.verifier.recall(&token, now()).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &recalled));
    let late = door.verifier.verify(&token, at(NOW + 540)).await.err();
    assert_eq!(late, Some(Refusal::Expired));

    door.revocations.add([(SID.parse().unwrap(), at(NOW + 540))]);
    assert_eq!(door.refusal(&token).await, Some(Refusal::Revoked));
    let fresh = door.ours.sign(&with(&our_claims(), json!({"jti": null})));
    assert_eq!(door.refusal(&fresh).await, Some(Refusal::Revoked), "a first sight, too");
    let theirs = door.cognito.sign(&cognito_claims());
    assert_eq!(door.refusal(&theirs).await, Some(Refusal::Revoked), "by origin_jti");
}

#[test]
fn the_settings_say_what_is_wrong() {
    let complaint = |issuers: Value| {
        let parsed: Result<TokenIssuers, _> = issuers.to_string().parse();
        parsed.map(|_| ()).unwrap_err().to_string()
    };
    let good = json!({"issuer": "a", "audience": "b", "jwks_url": "http://localhost/"});
    assert_eq!(complaint(json!([])), "names no issuer");
    assert_eq!(complaint(json!([good, good])), "names the issuer a twice");
    assert!(complaint(json!([with(&good, json!({"audience": null}))])).contains("audience"));
    assert!(complaint(json!([with(&good, json!({"audience": " "}))])).starts_with("issuer 1"));
    assert!(complaint(json!([with(&good, json!({"jwks_url": "here"}))])).contains("URL"));
    assert!(complaint(json!([with(&good, json!({"jwks_url": "file:///x"}))])).contains("https://"));
    assert!(complaint(json!([with(&good, json!({"aud": "b"}))])).contains("unknown field"));
}
