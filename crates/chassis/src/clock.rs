//! The one place that asks what time it is, so that tests can say.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The time of the system, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Clock::default()
    }

    /// A clock that stands still until it is [advanced](Clock::advance). Its clones show the same time.
    pub fn fixed(at: Timestamp) -> Self {
        Clock { fixed: Some(Arc::new(AtomicI64::new(at.as_microsecond()))) }
    }

    /// The time, in microseconds at most: what PostgreSQL keeps.
    pub fn now(&self) -> Timestamp {
        let microseconds = match &self.fixed {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            #[allow(clippy::disallowed_methods, reason = "this is the clock")]
            None => Timestamp::now().as_microsecond(),
        };
        Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a fixed clock; the system's time cannot be moved.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(fixed) = &self.fixed {
            let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            fixed.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// Sets a fixed clock.
    pub fn set(&self, at: Timestamp) {
        if let Some(fixed) = &self.fixed {
            fixed.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }
}
