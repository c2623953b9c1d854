//! The retry budget: retries are at most a fifth of the calls, so that a service in trouble is not buried.

use std::sync::atomic::{AtomicI64, Ordering};

/// Tokens are counted in fifths: a call earns one, a retry costs five.
#[derive(Debug)]
pub struct Budget {
    tokens: AtomicI64,
    most: i64,
}

const RETRY: i64 = 5;

impl Budget {
    /// Begins with `first` retries, so that a quiet service may be asked again too, and saves up to `most`.
    pub fn new(first: u32, most: u32) -> Self {
        Budget { tokens: AtomicI64::new(RETRY * i64::from(first)), most: RETRY * i64::from(most) }
    }

    /// Counts a call.
    pub fn earn(&self) {
        if self.tokens.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.tokens.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether a retry may be made; it is paid for if so.
    pub fn spend(&self) -> bool {
        let enough = self.tokens.fetch_sub(RETRY, Ordering::Relaxed) >= RETRY;
        if !enough {
            self.tokens.fetch_add(RETRY, Ordering::Relaxed);
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_at_most_a_fifth_of_the_calls_after_the_first_two() {
        let budget = Budget::new(2, 10);
        let mut retries = 0;
        for _ in 0..1000 {
            budget.earn();
            retries += u32::from(budget.spend());
        }
        assert!((200..=202).contains(&retries), "{retries}");
    }
}
