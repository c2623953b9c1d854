//! The retry budget: retries are at most a fifth of the calls, so that a service in trouble is not buried.

use std::sync::atomic::{AtomicI64, Ordering};

/// Tokens are counted in fifths: a call earns one, a retry costs five.
#[derive(Debug)]
pub(crate) struct Budget(AtomicI64);

const RETRY: i64 = 5;
const MOST: i64 = 50;

impl Budget {
    /// Begins with two retries, so that a quiet service may retry too.
    pub(crate) fn new() -> Self {
        Budget(AtomicI64::new(2 * RETRY))
    }

    pub(crate) fn earn(&self) {
        if self.0.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether a retry may be made; it is paid for if so.
    pub(crate) fn spend(&self) -> bool {
        let enough = self.0.fetch_sub(RETRY, Ordering::Relaxed) >= RETRY;
        if !enough {
            self.0.fetch_add(RETRY, Ordering::Relaxed);
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_at_most_a_fifth_of_the_calls_after_the_first_two() {
        let budget = Budget::new();
        let mut retries = 0;
        for _ in 0..1000 {
            budget.earn();
            retries += u32::from(budget.spend());
        }
        assert!((200..=202).contains(&retries), "{retries}");
    }
}
