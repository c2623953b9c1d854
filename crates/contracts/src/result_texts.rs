//! The sentences results are told in. `GET /int/catalog/result-texts`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Band, Text, Trait};

/// One version of all sentences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultTexts {
    /// Grows by one with every change.
    pub version: i32,
    /// One sentence for each trait and band.
    pub summary: Vec<Keyed>,
    /// Coaching tips for each trait and band.
    pub tip: Vec<Keyed>,
    /// Sentences for two traits that stand out together.
    pub pair: Vec<Pair>,
    /// Fixed sentences by name, with `{placeholders}`.
    pub texts: BTreeMap<String, Text>,
    /// Whom a norm set is of, by its name: what a percentile compares with. Empty in what was written before it was there.
    #[serde(default)]
    pub norm_sets: BTreeMap<String, Text>,
    /// What the bands are called.
    pub bands: BTreeMap<String, Text>,
    /// What the traits are called.
    pub traits: BTreeMap<String, TraitText>,
    /// Sentences of the explanation.
    pub contribution: BTreeMap<String, Text>,
    /// Where a preference comes from.
    pub preference: BTreeMap<String, Text>,
}

/// A sentence that is true for one band of one trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keyed {
    /// The trait.
    #[serde(rename = "trait")]
    pub of: Trait,
    /// The band.
    pub band: Band,
    /// The sentence.
    pub text: Text,
}

/// A sentence that is true where two bands meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Trait to band, both must hold.
    pub when: BTreeMap<Trait, Band>,
    /// The sentence.
    pub text: Text,
}

/// A trait's name and what it means in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitText {
    /// The trait's name.
    pub name: Text,
    /// What it means.
    pub description: Text,
}
