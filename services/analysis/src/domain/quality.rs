//! Signs that answers were not meant: flagged with the result, never a reason to drop it.

use contracts::instruments::{Instrument, Keyed};
use serde::{Deserialize, Serialize};

use super::results::Given;

/// The same answer so often in a row is a straight line: 9 in the 20, 15 in the 50.
const RUN_IN_SHORT_TEST: usize = 9;
const RUN_IN_LONG_TEST: usize = 15;
const LONG_TEST_FROM: usize = 50;
/// Raw answers (1 to 5) that differ less than this standard deviation are a straight line as well.
const LEAST_SD: f64 = 0.35;
/// Nobody reads a statement and answers it faster.
const LEAST_SECONDS_PER_ITEM: f64 = 1.5;
/// Agreeing with statements and with their opposites alike gives a balanced mean of raw answers far from 3. At this
/// distance stand 2 in 100 of those who answer the 20 by chance (sd sqrt(2/20) = .32), and 2 in 10,000 in the 50.
const ACQUIESCENCE_FROM: f64 = 0.75;

/// A sign that answers were not meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The same answer over and over.
    StraightLine,
    /// Faster than one can read.
    TooFast,
    /// Agrees with statements and with their opposites, or with neither.
    Acquiescence,
}

/// The flags of a test.
pub(crate) fn flags(instrument: &Instrument, given: &Given) -> Vec<Flag> {
    let raw = given.answers.values();
    let mut flags = Vec::new();
    let run = if raw.len() < LONG_TEST_FROM { RUN_IN_SHORT_TEST } else { RUN_IN_LONG_TEST };
    if longest_run(&as_given(instrument, given)) >= run || sd(raw) < LEAST_SD {
        flags.push(Flag::StraightLine);
    }
    let too_fast = |seconds| seconds < LEAST_SECONDS_PER_ITEM;
    if given.seconds_per_item.is_some_and(too_fast) {
        flags.push(Flag::TooFast);
    }
    if (balanced_mean(instrument, raw) - 3.0).abs() >= ACQUIESCENCE_FROM {
        flags.push(Flag::Acquiescence);
    }
    flags
}

/// The raw answers as they were given: those that were carried over came first.
fn as_given(instrument: &Instrument, given: &Given) -> Vec<i16> {
    let answered = instrument.items.iter().zip(given.answers.values());
    let (earlier, here): (Vec<_>, Vec<_>) =
        answered.partition(|(item, _)| given.carried_over.contains(&item.id));
    let all = earlier.into_iter().chain(here);
    all.map(|(_, raw)| *raw).collect()
}

fn longest_run(raw: &[i16]) -> usize {
    raw.chunk_by(|a, b| a == b).map(<[i16]>::len).max().unwrap_or(0)
}

fn mean(raw: impl Iterator<Item = i16>) -> f64 {
    let (count, sum) = raw.fold((0, 0), |(count, sum), value| (count + 1, sum + i32::from(value)));
    f64::from(sum) / f64::from(count)
}

/// Of all the answers there are, not of a sample: divided by n.
fn sd(raw: &[i16]) -> f64 {
    let mean = mean(raw.iter().copied());
    let squares: f64 = raw.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum();
    (squares / raw.len() as f64).sqrt()
}

/// The mean of the plus items' mean and the minus items' mean, so that what the items say cancels out.
fn balanced_mean(instrument: &Instrument, raw: &[i16]) -> f64 {
    let of = |sign: Keyed| {
        let answered = instrument.items.iter().zip(raw);
        mean(answered.filter(|(item, _)| item.keyed == sign).map(|(_, raw)| *raw))
    };
    (of(Keyed::Plus) + of(Keyed::Minus)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    /// Answers that differ, with `run` times the same one at the end.
    fn with_run(items: usize, run: usize) -> Vec<i16> {
        let varied = (0..items - run).map(|i| [2, 4, 1, 5][i % 4]);
        varied.chain(std::iter::repeat_n(3, run)).collect()
    }

    fn flags_of(instrument: &Instrument, raw: &[i16], seconds: Option<f64>) -> Vec<Flag> {
        let given = Given { seconds_per_item: seconds, ..fixtures::given(instrument, raw) };
        flags(instrument, &given)
    }

    #[test]
    fn a_run_is_a_straight_line_from_9_in_the_20_and_15_in_the_50() {
        for (instrument, run) in [(fixtures::mini20(), 9), (fixtures::full50(), 15)] {
            let items = instrument.items.len();
            let at = flags_of(&instrument, &with_run(items, run), None);
            let below = flags_of(&instrument, &with_run(items, run - 1), None);
            assert!(at.contains(&Flag::StraightLine));
            assert!(!below.contains(&Flag::StraightLine));
        }
    }

    #[test]
    fn a_run_goes_through_what_was_asked_one_after_the_other() {
        // The 30 that are not among the 20 are answered alike; in the order of the 50 the 20 stand between.
        let (instrument, mini) = (fixtures::full50(), fixtures::mini20());
        let carried_over = mini.items.iter().map(|item| item.id).collect();
        let mut raw = vec![3; 50];
        for (place, id) in mini.items.iter().map(|item| item.id).enumerate() {
            raw[usize::try_from(id - 1).unwrap()] = [2, 4, 1, 5][place % 4];
        }
        let mut given = fixtures::given(&instrument, &raw);
        assert!(flags(&instrument, &given).is_empty());
        given.carried_over = carried_over;
        assert_eq!(flags(&instrument, &given), [Flag::StraightLine]);
    }

    #[test]
    fn hardly_any_spread_is_a_straight_line() {
        // Two of 20 one step off: sd .3, longest run 6. Three: .357.
        let mut raw = vec![3; 20];
        raw[6] = 4;
        raw[13] = 4;
        assert!((sd(&raw) - 0.3).abs() < 1e-12 && longest_run(&raw) == 6);
        assert_eq!(flags_of(&fixtures::mini20(), &raw, None), [Flag::StraightLine]);
        raw[17] = 4;
        assert!(flags_of(&fixtures::mini20(), &raw, None).is_empty());
    }

    #[test]
    fn speed_is_flagged_only_when_it_is_known() {
        let raw = with_run(20, 1);
        let instrument = fixtures::mini20();
        assert!(flags_of(&instrument, &raw, None).is_empty());
        assert!(flags_of(&instrument, &raw, Some(1.5)).is_empty());
        assert_eq!(flags_of(&instrument, &raw, Some(1.49)), [Flag::TooFast]);
    }

    #[test]
    fn agreeing_with_opposites_is_acquiescence_and_a_strong_profile_is_not() {
        let instrument = fixtures::full50();
        let keyed = |plus: i16, minus: i16| -> Vec<i16> {
            let sign = |sign| if sign == Keyed::Plus { plus } else { minus };
            instrument.items.iter().map(|item| sign(item.keyed)).collect()
        };
        let agrees = flags_of(&instrument, &keyed(4, 5), None);
        let refuses = flags_of(&instrument, &keyed(2, 1), None);
        assert!(agrees.contains(&Flag::Acquiescence) && refuses.contains(&Flag::Acquiescence));
        assert!(!flags_of(&instrument, &keyed(5, 1), None).contains(&Flag::Acquiescence));
    }

    #[test]
    fn the_worked_cases_are_not_flagged() {
        for case in fixtures::worked_cases() {
            assert!(flags_of(&fixtures::full50(), &case.answers, None).is_empty());
        }
    }
}
