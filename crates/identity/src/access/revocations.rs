//! Sessions that ended before their access tokens did.

use std::collections::HashMap;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use uuid::Uuid;

type Ended = HashMap<Uuid, Timestamp>;

/// Ended sessions, each kept until its last access token has expired. Shared; read without a lock, at every request;
/// written by one poller, which pays with a copy.
#[derive(Debug)]
pub struct Revocations {
    ended: ArcSwap<Ended>,
    most: usize,
}

impl Revocations {
    /// Keeps at most `most` sessions. Beyond that those whose tokens expire first are forgotten, with a logged error.
    pub fn new(most: usize) -> Self {
        Revocations { ended: ArcSwap::default(), most }
    }

    /// Whether this session has ended.
    pub fn is_revoked(&self, session_id: Uuid) -> bool {
        self.ended.load().contains_key(&session_id)
    }

    /// Adds what a poll brought. Of two ends of one session the later one holds.
    pub fn add(&self, ended: impl IntoIterator<Item = (Uuid, Timestamp)>) {
        let mut new = ended.into_iter().peekable();
        if new.peek().is_none() {
            return;
        }
        let mut all = Ended::clone(&self.ended.load());
        for (session_id, until) in new {
            let held = all.entry(session_id).or_insert(until);
            *held = until.max(*held);
        }
        self.replace(all);
    }

    /// Forgets the sessions whose tokens have all expired.
    pub fn expire(&self, now: Timestamp) {
        let ended = self.ended.load();
        if ended.values().any(|&until| until <= now) {
            let still = ended.iter().filter(|&(_, &until)| until > now);
            self.replace(still.map(|(&session_id, &until)| (session_id, until)).collect());
        }
    }

    /// How many sessions are held.
    pub fn len(&self) -> usize {
        self.ended.load().len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn replace(&self, mut ended: Ended) {
        if let Some(excess) = ended.len().checked_sub(self.most).filter(|&excess| excess > 0) {
            let mut by_end: Vec<_> = ended.iter().map(|(&sid, &until)| (until, sid)).collect();
            by_end.select_nth_unstable(excess - 1);
            for (_, session_id) in &by_end[..excess] {
                ended.remove(session_id);
            }
            tracing::error!(excess, most = self.most, "more sessions ended than can be held");
        }
        self.ended.store(ended.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sid(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn an_end_is_kept_until_the_tokens_have_expired_and_no_longer() {
        let revocations = Revocations::new(10);
        revocations.add([(sid(1), at(100)), (sid(2), at(200))]);
        revocations.add([(sid(1), at(50))]);
        revocations.expire(at(99));
        assert_eq!(revocations.len(), 2);
        revocations.expire(at(100));
        assert!(!revocations.is_revoked(sid(1)));
        assert!(revocations.is_revoked(sid(2)));
    }

    #[test]
    fn it_never_holds_more_than_it_may_and_forgets_the_soonest_first() {
        let revocations = Revocations::new(3);
        revocations.add((0..1000).map(|n| (sid(n), at(n as i64))));
        assert_eq!(revocations.len(), 3);
        assert!((997..1000).all(|n| revocations.is_revoked(sid(n))));
    }
}
