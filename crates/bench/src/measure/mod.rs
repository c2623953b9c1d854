//! Driving a contender, and seeing what that costs.

pub(crate) mod cpu;
pub(crate) mod http;
pub(crate) mod pgbench;
pub(crate) mod wire;
pub(crate) mod wrk;

/// The middle one; of an even number, the upper of the two.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
