//! From answers to trait scores (Goldberg 1992; Donnellan 2006): reverse, mean, range score, z, T, percentile,
//! interval, band. All in double precision and in a fixed order, so that an old result is computed again bit for bit.

use contracts::instruments::{Instrument, Item, Keyed, Norm};
use contracts::{Band, PerTrait, Trait};
use serde::{Deserialize, Serialize};

use super::answers::{Answers, HIGHEST, LOWEST};

/// Grows with every change of the rules in this folder that could change a result.
pub const SCORER_VERSION: i32 = 1;

/// What the answers say of one trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitScore {
    /// Range score: 0 when every item is answered against the trait, 100 when every item for it.
    pub score: f64,
    /// Distance from the norm's mean in its standard deviations.
    pub z: f64,
    /// `50 + 10z`.
    pub t: f64,
    /// Where T stands.
    pub band: Band,
    /// 95% interval of T, by the scale's reliability.
    pub interval: [f64; 2],
    /// Share of the norm's sample below, 0 to 100, if traits were normal there.
    pub percentile: f64,
    /// The items the score rests on, those that speak most for where it stands first.
    pub evidence: Vec<i16>,
}

/// Scores all five traits.
pub(crate) fn score(instrument: &Instrument, answers: &Answers) -> PerTrait<TraitScore> {
    PerTrait::from_fn(|of| {
        let keyed = keyed_answers(instrument, answers, of);
        score_trait(*instrument.norms.get(of), *instrument.alpha.get(of), &keyed)
    })
}

/// The items of a trait, each with its answer turned so that more is more of the trait.
fn keyed_answers(instrument: &Instrument, answers: &Answers, of: Trait) -> Vec<(i16, i16)> {
    instrument
        .items
        .iter()
        .zip(answers.values())
        .filter(|(item, _)| item.of == of)
        .map(|(item, raw)| (item.id, keyed(item, *raw)))
        .collect()
}

fn keyed(item: &Item, raw: i16) -> i16 {
    match item.keyed {
        Keyed::Plus => raw,
        Keyed::Minus => LOWEST + HIGHEST - raw,
    }
}

fn score_trait(norm: Norm, alpha: f64, keyed: &[(i16, i16)]) -> TraitScore {
    let sum: i32 = keyed.iter().map(|(_, value)| i32::from(*value)).sum();
    let mean = f64::from(sum) / keyed.len() as f64;
    let z = (mean - norm.mean) / norm.sd;
    let t = 50.0 + 10.0 * z;
    let half_width = 1.96 * 10.0 * (1.0 - alpha).sqrt();
    TraitScore {
        score: (mean - 1.0) / 4.0 * 100.0,
        z,
        t,
        band: band(t),
        interval: [t - half_width, t + half_width],
        percentile: 50.0 * libm::erfc(-z / std::f64::consts::SQRT_2),
        evidence: evidence(norm, z, keyed),
    }
}

fn band(t: f64) -> Band {
    match t {
        _ if t < 45.0 => Band::Low,
        _ if t > 55.0 => Band::High,
        _ => Band::Mid,
    }
}

/// The items, those pulling hardest to the side of the norm's mean on which the score stands first; ties as asked.
fn evidence(norm: Norm, z: f64, keyed: &[(i16, i16)]) -> Vec<i16> {
    let pull = |value: i16| (f64::from(value) - norm.mean) * z.signum();
    let mut items = keyed.to_vec();
    items.sort_by(|(_, a), (_, b)| pull(*b).total_cmp(&pull(*a)));
    items.into_iter().map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fixtures::{self, WorkedScore};

    fn assert_close(name: &str, found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9, "{name}: {found} is not {expected}");
    }

    fn assert_scores(name: &str, found: &PerTrait<TraitScore>, expected: &PerTrait<WorkedScore>) {
        for of in Trait::ALL {
            let (found, expected) = (found.get(of), expected.get(of));
            let name = format!("{name} {}", of.key());
            assert_close(&name, found.score, expected.range100);
            assert_close(&name, found.z, expected.z);
            assert_close(&name, found.t, expected.t);
            assert_close(&name, found.percentile, expected.percentile);
        }
    }

    #[test]
    fn the_worked_cases_come_out() {
        let cases = fixtures::worked_cases();
        assert_eq!(cases.len(), 5);
        for case in cases {
            for (instrument, expected) in
                [(fixtures::full50(), &case.full50), (fixtures::mini20(), &case.mini20)]
            {
                let answers = fixtures::answers(&instrument, &case.answers);
                let name = format!("{} {}", case.name, instrument.key);
                assert_scores(&name, &score(&instrument, &answers), expected);
            }
        }
    }

    #[test]
    fn a_band_begins_beyond_45_and_55() {
        assert_eq!(band(44.999_999), Band::Low);
        assert_eq!(band(45.0), Band::Mid);
        assert_eq!(band(55.0), Band::Mid);
        assert_eq!(band(55.000_001), Band::High);
    }

    #[test]
    fn the_interval_is_as_wide_as_the_scale_is_unreliable() {
        let norm = Norm { mean: 3.0, sd: 1.0 };
        let found = score_trait(norm, 0.75, &[(1, 3), (2, 3)]);
        assert_eq!(found.interval, [50.0 - 9.8, 50.0 + 9.8]);
    }

    #[test]
    fn evidence_begins_with_what_speaks_for_the_score() {
        let norm = Norm { mean: 3.2, sd: 1.0 };
        let items = [(1, 5), (2, 2), (3, 4), (4, 5)];
        assert_eq!(evidence(norm, 1.0, &items), [1, 4, 3, 2]);
        assert_eq!(evidence(norm, -1.0, &items), [2, 3, 1, 4]);
    }

    proptest! {
        #[test]
        fn scores_stay_in_range_and_mirror(raw in prop::collection::vec(1_i16..=5, 50)) {
            let instrument = fixtures::full50();
            let found = score(&instrument, &fixtures::answers(&instrument, &raw));
            let turned: Vec<i16> = raw.iter().map(|value| 6 - value).collect();
            let mirror = score(&instrument, &fixtures::answers(&instrument, &turned));
            for of in Trait::ALL {
                let (found, mirror) = (found.get(of), mirror.get(of));
                prop_assert!((0.0..=100.0).contains(&found.score));
                prop_assert!((0.0..=100.0).contains(&found.percentile));
                prop_assert!((found.score + mirror.score - 100.0).abs() < 1e-9);
                prop_assert_eq!(found.evidence.len(), 10);
            }
        }
    }
}
