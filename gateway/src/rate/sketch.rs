//! Where the use of a class is kept: a count-min sketch of GCRA's arrival times.
//!
//! A map of keys grows with whoever asks, and a flood of addresses is what limits are for. Here a key has one cell in each
//! of four rows and the lowest of them is its own time or, where all four are shared with busier keys, a later one. So
//! memory is fixed (2 MiB a class), nothing is ever cleaned up, no lock is taken, nobody gets more than the quota, and
//! with ten thousand members at their limit at once one in two thousand others is limited too early. The hash is
//! seeded at random: nobody can aim at another's cells.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;
use governor::nanos::Nanos;
use governor::state::StateStore;

const ROWS: usize = 4;
const COLUMNS: usize = 1 << 16;

/// Cells hold nanoseconds since the limiter began; 0 is never used.
pub(super) struct Sketch {
    seed: RandomState,
    cells: Box<[AtomicU64]>,
}

impl Default for Sketch {
    fn default() -> Self {
        let cells = (0..ROWS * COLUMNS).map(|_| AtomicU64::new(0)).collect();
        Sketch { seed: RandomState::default(), cells }
    }
}

impl Sketch {
    /// The key's cells: sixteen bits of its hash choose one in each row.
    fn cells_of(&self, key: u128) -> [&AtomicU64; ROWS] {
        let hash = self.seed.hash_one(key);
        std::array::from_fn(|row| {
            let column = (hash >> (16 * row)) as usize % COLUMNS;
            &self.cells[row * COLUMNS + column]
        })
    }
}

impl StateStore for Sketch {
    type Key = u128;

    fn measure_and_replace<T, F, E>(&self, key: &u128, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let cells = self.cells_of(*key);
        loop {
            let times = cells.map(|cell| cell.load(Ordering::Acquire));
            let (lowest, time) = (0..ROWS)
                .map(|row| (row, times[row]))
                .fold((0, times[0]), |least, this| if this.1 < least.1 { this } else { least });
            let (outcome, new) = decide((time > 0).then(|| Nanos::new(time)))?;
            let new = new.as_u64();
            // The lowest cell comes last: until then every request of this key finds it the lowest, and the exchange
            // lets one of them through at a time.
            for row in (0..ROWS).filter(|row| *row != lowest) {
                cells[row].fetch_max(new, Ordering::AcqRel);
            }
            let exchange =
                cells[lowest].compare_exchange(time, new, Ordering::AcqRel, Ordering::Acquire);
            if exchange.is_ok() {
                return Ok(outcome);
            }
        }
    }
}

impl fmt::Debug for Sketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sketch of {ROWS} x {COLUMNS}")
    }
}
