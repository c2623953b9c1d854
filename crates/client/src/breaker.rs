//! The circuit breaker: after five failures in a row nobody waits for a service that is down. After a pause one call
//! is let through; its outcome closes the circuit or opens it again.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const FAILURES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// The circuit to one service, shared by all who call it.
#[derive(Debug)]
pub struct Breaker {
    began: Instant,
    failures: AtomicU32,
    /// Milliseconds after `began` until which the circuit is open; 0 while it is closed.
    open_until: AtomicU64,
    probing: AtomicBool,
}

/// The right to make one call. One that is dropped without an outcome (its caller hung up) says nothing about the
/// service; a probe then leaves its place to the next.
#[must_use]
#[derive(Debug)]
pub struct Attempt<'b> {
    breaker: &'b Breaker,
    probe: bool,
}

impl Breaker {
    /// A closed circuit.
    pub fn new() -> Self {
        Breaker {
            began: Instant::now(),
            failures: AtomicU32::new(0),
            open_until: AtomicU64::new(0),
            probing: AtomicBool::new(false),
        }
    }

    /// The right to make a call now; none while the circuit is open.
    pub fn enter(&self) -> Option<Attempt<'_>> {
        let probe = self.is_open();
        let may = !probe
            || self.millis() >= self.open_until.load(Ordering::Acquire)
                && !self.probing.swap(true, Ordering::AcqRel);
        // Made only where it is given: dropping one ends the probe.
        may.then(|| Attempt { breaker: self, probe })
    }

    /// Whether the circuit is open, or waits for the outcome of a probe.
    pub fn is_open(&self) -> bool {
        self.open_until.load(Ordering::Acquire) != 0
    }

    fn millis(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Breaker::new()
    }
}

impl Attempt<'_> {
    /// The service answered: the circuit closes.
    pub fn succeeded(self) {
        self.breaker.failures.store(0, Ordering::Relaxed);
        self.breaker.open_until.store(0, Ordering::Release);
    }

    /// The service did not answer: the circuit may open.
    pub fn failed(self) {
        let failures = self.breaker.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if failures >= FAILURES || self.probe {
            let until = self.breaker.millis() + PAUSE.as_millis() as u64;
            self.breaker.open_until.store(until, Ordering::Release);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.probing.store(false, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let breaker = Breaker::new();
        for _ in 0..FAILURES {
            breaker.enter().unwrap().failed();
        }
        breaker
    }

    /// As if the pause were over.
    fn after_the_pause(breaker: &Breaker) {
        breaker.open_until.store(1, Ordering::Release);
        std::thread::sleep(Duration::from_millis(2));
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let breaker = Breaker::new();
        for _ in 0..3 {
            for _ in 1..FAILURES {
                breaker.enter().unwrap().failed();
            }
            breaker.enter().unwrap().succeeded();
        }
        assert!(!breaker.is_open());
        assert!(opened().enter().is_none());
    }

    #[test]
    fn after_the_pause_one_call_decides() {
        let breaker = opened();
        after_the_pause(&breaker);
        let probe = breaker.enter().unwrap();
        assert!(breaker.enter().is_none() && breaker.enter().is_none(), "one at a time");
        probe.failed();
        assert!(breaker.enter().is_none(), "open again");
        after_the_pause(&breaker);
        breaker.enter().unwrap().succeeded();
        assert!(breaker.enter().is_some() && !breaker.is_open());
    }

    #[test]
    fn a_probe_that_was_given_up_leaves_its_place() {
        let breaker = opened();
        after_the_pause(&breaker);
        drop(breaker.enter().unwrap());
        assert!(breaker.enter().is_some());
    }
}
