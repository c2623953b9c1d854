//! The circuit breaker: after five failures in a row nobody waits for a service that is down. After a pause one call
//! is let through; its outcome closes the circuit or opens it again.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const FAILURES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Breaker {
    began: Instant,
    failures: AtomicU32,
    /// Milliseconds after `began` until which the circuit is open; 0 while it is closed.
    open_until: AtomicU64,
    probing: AtomicBool,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        Breaker {
            began: Instant::now(),
            failures: AtomicU32::new(0),
            open_until: AtomicU64::new(0),
            probing: AtomicBool::new(false),
        }
    }

    /// Whether a call may be made now.
    pub(crate) fn lets_through(&self) -> bool {
        let open_until = self.open_until.load(Ordering::Acquire);
        if open_until == 0 {
            return true;
        }
        self.millis() >= open_until && !self.probing.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn succeeded(&self) {
        self.failures.store(0, Ordering::Relaxed);
        self.open_until.store(0, Ordering::Release);
        self.probing.store(false, Ordering::Release);
    }

    pub(crate) fn failed(&self) {
        let probing = self.probing.load(Ordering::Acquire);
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES || probing {
            let until = self.millis() + PAUSE.as_millis() as u64;
            self.open_until.store(until, Ordering::Release);
            self.probing.store(false, Ordering::Release);
        }
    }

    fn millis(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }
}
