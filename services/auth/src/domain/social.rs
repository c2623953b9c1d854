//! Signing in with an account elsewhere: the round to the provider and back, and who comes out of it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::users::User;
use crate::error::Error;

/// How long somebody may take at the provider.
pub(crate) const ROUND: SignedDuration = SignedDuration::from_mins(10);
/// How long a code waits to be exchanged for tokens.
pub(crate) const CODE_LIFETIME: SignedDuration = SignedDuration::from_secs(60);

/// A round to a provider and back, as the browser that began it keeps it, sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) provider: String,
    pub(crate) begun_at: Timestamp,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) pkce_verifier: String,
    pub(crate) wishes: Wishes,
}

/// What the client has asked for when it began.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Wishes {
    /// Whether the person says that they are over 14, without which nobody becomes a member.
    pub(crate) over_14: bool,
    /// What they want to read, if they say so; else the provider may know; else what their browser speaks.
    pub(crate) locale: Option<String>,
    pub(crate) spoken: String,
    pub(crate) time_zone: String,
    pub(crate) way_back: Option<WayBack>,
}

/// Where a page or an app takes over, and what it proves by that it is the one that began.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WayBack {
    pub(crate) return_to: String,
    /// The SHA-256 of a secret, in base64url (RFC 7636, S256).
    pub(crate) challenge: String,
}

impl Round {
    /// Whether this is the round that comes back with `state`, in time.
    pub(crate) fn is_finished_by(&self, provider: &str, state: &str, now: Timestamp) -> bool {
        self.provider == provider
            && now < self.begun_at + ROUND
            && verify_slices_are_equal(self.state.as_bytes(), state.as_bytes()).is_ok()
    }
}

/// Somebody, as their provider has told us.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// The address, where the provider says that it is theirs.
    pub(crate) verified_email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) locale: Option<String>,
}

/// What follows for somebody whom we do not know by their account elsewhere.
#[derive(Debug)]
pub(crate) enum Entry {
    /// They are this member: both sides have proved the address.
    Link(UserId),
    /// They become a member with this address.
    SignUp(String),
}

impl Person {
    /// Decides. An account is never given to who has not proved its address, nor where its owner has not: somebody may
    /// have signed up with another's address and be waiting for them.
    pub(crate) fn enter(&self, known: Option<&User>, wishes: &Wishes) -> Result<Entry, Error> {
        match (&self.verified_email, known) {
            (None, _) => Err(Error::ProviderEmailUnverified),
            (Some(_), Some(user)) if user.email_verified_at.is_some() => Ok(Entry::Link(user.id)),
            (Some(_), Some(_)) => Err(Error::LinkRefused),
            (Some(_), None) if !wishes.over_14 => Err(Error::AgeUnconfirmed),
            (Some(email), None) => Ok(Entry::SignUp(email.clone())),
        }
    }
}

/// A name as members may have it: the one that was told, else what stands before the @.
pub(crate) fn name_of(told: Option<&str>, email: &str) -> String {
    let told = told.unwrap_or_default().replace(char::is_control, " ");
    let before_at = email.split('@').next().unwrap_or_default();
    let name = if told.trim().is_empty() { before_at } else { told.trim() };
    name.chars().take(100).collect::<String>().trim_end().to_owned()
}

/// A new secret of 256 bits.
pub(crate) fn secret() -> Result<String, Error> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// As what a secret is stored.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// Whether this is the secret of a challenge.
pub(crate) fn meets(verifier: &str, challenge: &str) -> bool {
    URL_SAFE_NO_PAD.encode(hash(verifier)) == challenge
}

/// Whether a challenge has the form of one.
pub(crate) fn is_challenge(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|hash| hash.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_members_may_have() {
        for (told, name) in [
            (Some("  민지 "), "민지"),
            (Some("a\0b"), "a b"),
            (Some("\n"), "minji"),
            (None, "minji"),
            (Some(&"x".repeat(300)), &"x".repeat(100)),
        ] {
            assert_eq!(name_of(told, "minji@example.com"), name, "{told:?}");
        }
    }

    #[test]
    fn a_secret_meets_its_challenge_and_no_other() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(meets(verifier, challenge) && is_challenge(challenge));
        assert!(!meets("other", challenge) && !is_challenge("short") && !is_challenge(""));
    }
}
