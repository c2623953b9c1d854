//! How often somebody may ask for what costs us, or others, something.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// So many times within a window, which begins with the first.
#[derive(Debug)]
pub(crate) struct Quota {
    pub(crate) name: &'static str,
    pub(crate) most: i32,
    pub(crate) window: SignedDuration,
}

/// New accounts from one address; whole schools share one, and the customers of a telephone company.
pub(crate) static SIGN_UPS: Quota =
    Quota { name: "sign_up", most: 300, window: SignedDuration::from_hours(1) };
/// Sign-ins from one address that fail, whatever the account: a few passwords tried on many.
pub(crate) static FAILED_SIGN_INS: Quota =
    Quota { name: "failed_sign_in", most: 100, window: SignedDuration::from_mins(15) };
/// Letters that one address asks for, for whomever.
pub(crate) static RESETS_ASKED: Quota =
    Quota { name: "reset_asked", most: 100, window: SignedDuration::from_hours(1) };
/// Letters that anybody asks for, for one account: more would bury it, and each takes the last one's token away.
pub(crate) static RESETS_OF_ACCOUNT: Quota =
    Quota { name: "reset_of_account", most: 3, window: SignedDuration::from_hours(1) };
/// Tokens out of letters that one address shows us.
pub(crate) static TOKENS_SHOWN: Quota =
    Quota { name: "token_shown", most: 300, window: SignedDuration::from_hours(1) };
/// Letters to prove an address, asked for by the member.
pub(crate) static VERIFICATIONS: Quota =
    Quota { name: "verification", most: 5, window: SignedDuration::from_hours(1) };
/// Refreshes of one session, which needs one in ten minutes; a page with many tabs asks with all of them at once.
pub(crate) static REFRESHES: Quota =
    Quota { name: "refresh", most: 120, window: SignedDuration::from_mins(1) };

impl Quota {
    /// The place of one who is counted. Of whom is not to be read from it.
    pub(crate) fn key(&self, of: &[u8]) -> Vec<u8> {
        Sha256::new().chain_update(self.name).chain_update([0]).chain_update(of).finalize().to_vec()
    }
}

/// A quota of which nothing is left for so many seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) quota: &'static Quota,
    pub(crate) seconds: u64,
}

impl Spent {
    /// To the next whole second: who waits that long is not early.
    pub(crate) fn until(quota: &'static Quota, until: Timestamp, now: Timestamp) -> Self {
        let milliseconds = u64::try_from(until.duration_since(now).as_millis()).unwrap_or(0);
        Spent { quota, seconds: milliseconds.div_ceil(1000).max(1) }
    }
}
