//! What is kept of a post, which is not the post.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Posts older than this weigh nothing (twelve half-lives of 60 days: a four-thousandth), and are not read for.
pub(crate) const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 720);

/// That it was counted, when it was written, what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Feature {
    /// Of the account and the post's own id: by it a post is counted once.
    pub(crate) post: Vec<u8>,
    pub(crate) day: Date,
    pub(crate) topics: BTreeSet<String>,
}

impl Feature {
    /// A post without a date, or with one to come, is of today.
    pub(crate) fn of(
        account_id: Uuid,
        post_id: &str,
        published_at: Option<Timestamp>,
        topics: BTreeSet<String>,
        now: Timestamp,
    ) -> Self {
        let hash = Sha256::new().chain_update(account_id).chain_update(post_id).finalize();
        let written_at = published_at.filter(|at| *at < now).unwrap_or(now);
        Feature {
            post: hash[..16].to_vec(),
            day: written_at.to_zoned(TimeZone::UTC).date(),
            topics,
        }
    }
}
