//! Keys that sign access tokens: which one signs, and which are published.
//!
//! A key is published before it signs, for longer than any verifier goes without looking, and after it has signed, until
//! its last token has expired. One is always there to spare: published already, so that it can take over at once.

use std::fmt;

use identity::keys::Jwk;
use jiff::{SignedDuration, Timestamp};

use crate::config::REVOCATION_LIFETIME;

/// How long a key is published before it signs. Somebody may have fetched the keys just before (`max-age`, 5 minutes), a
/// gateway may have got them from there and looks every 5 minutes, give or take a tenth; the rest is for failed attempts
/// and clocks.
pub(crate) const LEAD: SignedDuration = SignedDuration::from_mins(15);

/// How long a key is published after the last token it signed was issued: that token's life, and a minute for replicas that
/// learn late that another key signs.
const AFTERLIFE: SignedDuration = REVOCATION_LIFETIME;

/// A key as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) public: Jwk,
    /// The private half, where it does not stand in `JWT_SECRET`.
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) published_at: Timestamp,
    /// None for the spare.
    pub(crate) signs_from: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

/// What a key is for, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Published, and nothing else yet.
    Spare,
    /// Published, and signs soon.
    Next,
    /// Signs.
    Signing,
    /// Signs no more; what it signed is good.
    Kept,
    /// All it signed has expired.
    Retired,
    /// Whatever it signed is refused.
    Revoked,
}

impl Standing {
    /// Whether verifiers are told of the key.
    pub(crate) fn is_published(self) -> bool {
        !matches!(self, Standing::Retired | Standing::Revoked)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Standing::Spare => "spare",
            Standing::Next => "next",
            Standing::Signing => "signing",
            Standing::Kept => "kept",
            Standing::Retired => "retired",
            Standing::Revoked => "revoked",
        })
    }
}

impl Key {
    /// What it is for among all keys. One that was revoked before its turn came has ended nobody's turn. A revocation
    /// has happened, and somebody has taken over, whatever our clock says.
    pub(crate) fn standing(&self, all: &[Key], now: Timestamp) -> Standing {
        let now = all.iter().filter_map(|key| key.revoked_at).fold(now, Timestamp::max);
        if self.revoked_at.is_some() {
            return Standing::Revoked;
        }
        let Some(signs_from) = self.signs_from else {
            return Standing::Spare;
        };
        if signs_from > now {
            return Standing::Next;
        }
        let turns = all.iter().filter_map(Key::turn);
        match turns.filter(|&turn| signs_from < turn && turn <= now).min() {
            None => Standing::Signing,
            Some(end) if now < end + AFTERLIFE => Standing::Kept,
            Some(_) => Standing::Retired,
        }
    }

    fn turn(&self) -> Option<Timestamp> {
        self.signs_from.filter(|from| self.revoked_at.is_none_or(|revoked_at| revoked_at > *from))
    }

    /// When it can sign at the soonest.
    pub(crate) fn known_at(&self) -> Timestamp {
        self.published_at + LEAD
    }
}

/// The key of a standing that only one has.
pub(crate) fn only(all: &[Key], standing: Standing, now: Timestamp) -> Option<&Key> {
    all.iter().find(|key| key.standing(all, now) == standing)
}

#[cfg(test)]
mod tests {
    use identity::keys::SigningKey;

    use super::*;
    use Standing::{Kept, Next, Retired, Revoked, Signing, Spare};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + minute * 60).unwrap()
    }

    /// Keys by when they sign from and when they were revoked, in minutes.
    fn keys(turns: &[(Option<i64>, Option<i64>)]) -> Vec<Key> {
        let key = SigningKey::generate().unwrap();
        let turn = |(index, (signs_from, revoked_at)): (usize, &(Option<i64>, Option<i64>))| Key {
            kid: index.to_string(),
            public: key.public().clone(),
            sealed: None,
            published_at: at(0),
            signs_from: signs_from.map(at),
            revoked_at: revoked_at.map(at),
        };
        turns.iter().enumerate().map(turn).collect()
    }

    fn standings(keys: &[Key], minute: i64) -> Vec<Standing> {
        keys.iter().map(|key| key.standing(keys, at(minute))).collect()
    }

    #[test]
    fn a_key_signs_until_the_next_one_does_and_is_kept_until_its_tokens_have_expired() {
        let keys = keys(&[(Some(0), None), (Some(100), None), (None, None)]);
        for (minute, expected) in [
            (99, [Signing, Next, Spare]),
            (100, [Kept, Signing, Spare]),
            (110, [Kept, Signing, Spare]),
            (111, [Retired, Signing, Spare]),
        ] {
            assert_eq!(standings(&keys, minute), expected, "{minute}");
        }
    }

    #[test]
    fn a_key_that_is_revoked_before_its_turn_ends_nobodys() {
        let keys = keys(&[(Some(0), None), (Some(100), Some(90)), (None, None)]);
        assert_eq!(standings(&keys, 200), [Signing, Revoked, Spare]);
    }

    #[test]
    fn after_a_revocation_the_heir_signs_even_by_a_clock_that_is_late() {
        let keys = keys(&[(Some(0), None), (Some(100), Some(105)), (Some(105), None)]);
        assert_eq!(standings(&keys, 104), [Kept, Revoked, Signing]);
        assert_eq!(standings(&keys, 110), [Kept, Revoked, Signing]);
        assert_eq!(standings(&keys, 111), [Retired, Revoked, Signing]);
    }
}
