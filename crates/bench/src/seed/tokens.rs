//! Access tokens that outlive the bench: of our own issuer, and of another one that signs with RSA.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use chassis::Clock;
use contracts::UserId;
use identity::Roles;
use identity::access::AccessTokenIssuer;
use identity::keys::{SigningKey, SigningKeys};
use jiff::SignedDuration;
use platform::Outcome;
use platform::keys::Keys;
use platform::services::PUBLIC;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::stage::folder;

const AUDIENCE: &str = "damacorch";
const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Another issuer, its keys, and tokens of members whom nobody knows.
pub(crate) struct Foreign {
    pub(crate) issuer: &'static str,
    pub(crate) audience: &'static str,
    /// Its public keys, as its JWKS says them.
    pub(crate) jwks: String,
    /// Its public key in PEM.
    pub(crate) public_key: PathBuf,
    pub(crate) tokens: Vec<String>,
}

/// A token for each member, signed by auth's own key.
pub(super) fn of_members(keys: &Keys, ids: impl Iterator<Item = Uuid>) -> Outcome<Vec<String>> {
    let key = SigningKey::from_pem(&SecretString::from(keys.tokens.as_str()))?;
    issue(PUBLIC, key, ids)
}

/// RS256, which every gateway can verify.
pub(crate) fn foreign_tokens(count: usize) -> Outcome<Foreign> {
    let issuer = "https://issuer.bench.example";
    let (private_key, public_key) = (folder().join("rsa.pem"), folder().join("rsa-public.pem"));
    let openssl = |arguments: &[&str], output: &PathBuf| -> Outcome {
        let done = Command::new("openssl").args(arguments).arg("-out").arg(output).output()?;
        match done.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned().into()),
        }
    };
    openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], &private_key)?;
    let from = private_key.to_string_lossy();
    openssl(&["pkey", "-pubout", "-in", &from], &public_key)?;
    let keys = SigningKeys::from_pem(&SecretString::from(fs::read_to_string(&private_key)?))?;
    let tokens = issue(issuer, keys.signing().clone(), (0..count).map(|_| Uuid::now_v7()))?;
    let jwks = serde_json::to_string(&keys.jwks())?;
    Ok(Foreign { issuer, audience: AUDIENCE, jwks, public_key, tokens })
}

fn issue(issuer: &str, key: SigningKey, ids: impl Iterator<Item = Uuid>) -> Outcome<Vec<String>> {
    let now = Clock::system().now();
    let issuer = AccessTokenIssuer::new(issuer, AUDIENCE, key, LIFETIME);
    let roles: Roles = ["member"].into_iter().collect();
    let issue = |id| issuer.issue(UserId(id), Uuid::new_v4(), &roles, now);
    ids.map(|id| Ok(issue(id)?.token.expose_secret().to_owned())).collect()
}
