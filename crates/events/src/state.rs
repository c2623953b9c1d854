//! What went wrong last, and what follows from it for the next batch.

use tokio::time::Instant;

use crate::reader::{Error, Failed};

/// Events of one transaction. It holds back every other reader while it runs, so it is not larger.
const BATCH: usize = 100;
/// What the loop remembers from turn to turn.
pub(crate) struct State {
    /// The cursor is there, and the snapshot taken.
    pub(crate) begun: bool,
    /// The event that the last batch failed at, and how often it has.
    trouble: Option<(Failed, u32)>,
    /// Failures in a row that are of no event.
    away: u32,
    /// When to look for old events next.
    pub(crate) expire_at: Instant,
}

impl Default for State {
    fn default() -> Self {
        State { begun: false, trouble: None, away: 0, expire_at: Instant::now() }
    }
}

impl State {
    /// After a failed batch first the events before the one that failed, then that one alone; one by one where it is not
    /// known which it was.
    pub(crate) fn limit(&self) -> usize {
        let usual = if self.away == 0 { BATCH } else { 1 };
        self.trouble.as_ref().map_or(usual, |(failed, _)| failed.before.max(1))
    }

    /// The event to be parked, once it has failed so often.
    pub(crate) fn poison(&self, attempts: u32) -> Option<&Failed> {
        let (failed, times) = self.trouble.as_ref()?;
        (failed.before == 0 && *times >= attempts).then_some(failed)
    }

    pub(crate) fn went_well(&mut self) {
        self.away = 0;
        self.trouble = self.trouble.take().filter(|(failed, _)| failed.before > 0);
        if let Some((failed, _)) = &mut self.trouble {
            failed.before = 0;
        }
    }

    /// Returns how often this has failed.
    pub(crate) fn note(&mut self, error: &Error) -> u32 {
        let Error::Handler(failed) = error else {
            self.away += 1;
            return self.away;
        };
        let times = match &self.trouble {
            Some((last, times)) if last.id == failed.id => times + 1,
            _ => 1,
        };
        self.trouble = Some((failed.clone(), times));
        times
    }
}
