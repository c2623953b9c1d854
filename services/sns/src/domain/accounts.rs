//! Accounts that members have connected.

use contracts::UserId;
use jiff::Timestamp;
use rand::Rng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// So many a member may connect; ours.
pub(crate) const MOST_ACCOUNTS: usize = 20;

/// An account somewhere else.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) user_id: UserId,
    pub(crate) id: Uuid,
    pub(crate) channel: String,
    /// A feed's or profile's URL, a handle, or the provider's id of the member.
    pub(crate) address: String,
    /// What people call it.
    pub(crate) name: String,
    /// What the member shows there to prove that it is theirs.
    pub(crate) proof: String,
    pub(crate) state: AccountState,
    pub(crate) connected_at: Timestamp,
    /// Since when it counts.
    pub(crate) confirmed_at: Option<Timestamp>,
    pub(crate) leaving_at: Option<Timestamp>,
    /// Whether everything behind its newest known post is known.
    pub(crate) is_whole: bool,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) imported_at: Option<Timestamp>,
    /// When it is read again by itself.
    pub(crate) import_at: Option<Timestamp>,
}

/// How we stand to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountState {
    Connected,
    /// The provider does not let us in any more: the member has to allow it again.
    ConsentNeeded,
    /// It counts no more, and goes when the provider has heard of it.
    Leaving,
}

impl AccountState {
    /// Its name in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            AccountState::Connected => "connected",
            AccountState::ConsentNeeded => "consent_needed",
            AccountState::Leaving => "leaving",
        }
    }
}

/// A proof: no word of any language, easy to type, and not to be guessed before it is shown.
pub(crate) fn new_proof() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    let letters = (0..12).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    format!("damacorch-{}", letters.collect::<String>())
}

/// Whether one of these texts shows the proof.
pub(crate) fn shows<'t>(proof: &str, texts: impl IntoIterator<Item = &'t str>) -> bool {
    texts.into_iter().any(|text| text.contains(proof))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_found_where_it_stands_and_nowhere_else() {
        let proof = new_proof();
        assert_ne!(proof, new_proof());
        assert_eq!(proof.len(), 22);
        assert!(shows(&proof, ["a", &format!("나는 {proof}입니다")]));
        assert!(!shows(&proof, ["damacorch-", &proof[..21]]));
    }
}
