//! How long a server asks to be left alone.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// What is waited where nothing was said.
const UNSAID: Duration = Duration::from_secs(15 * 60);
/// Whoever asks for more is asked again after this.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What `Retry-After` said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// Nothing, or nothing that we read.
    Unsaid,
    /// So long.
    For(Duration),
    /// Until then.
    Until(Timestamp),
}

impl Pause {
    pub(super) fn asked_in(headers: &HeaderMap) -> Self {
        let Some(said) = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) else {
            return Pause::Unsaid;
        };
        let said = said.trim();
        if let Ok(seconds) = said.parse() {
            return Pause::For(Duration::from_secs(seconds));
        }
        let date = DateTimeParser::new().parse_timestamp(said);
        date.map_or(Pause::Unsaid, Pause::Until)
    }

    /// When it may be asked again: within a day.
    pub(crate) fn resume_at(self, now: Timestamp) -> Timestamp {
        let wait = match self {
            Pause::Unsaid => UNSAID,
            Pause::For(wait) => wait,
            Pause::Until(then) => {
                Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO)
            }
        };
        let wait = SignedDuration::try_from(wait.min(LONGEST)).unwrap_or(SignedDuration::ZERO);
        now.saturating_add(wait).unwrap_or(Timestamp::MAX)
    }
}
