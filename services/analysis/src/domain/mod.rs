//! What a test and a self-check mean: types and rules, no I/O. Sources stand at each rule.

pub mod answers;
pub mod characters;
#[cfg(test)]
mod fixtures;
pub(crate) mod instruments;
pub(crate) mod narrative;
pub mod preferences;
pub mod quality;
pub mod results;
pub mod scoring;
pub(crate) mod self_checks;
pub(crate) mod sessions;
pub(crate) mod trends;
