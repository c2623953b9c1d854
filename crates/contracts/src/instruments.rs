//! A personality test with its keys and norms, as the catalog gives it to services (clients never see keys).
//! `GET /int/catalog/instruments/{key}?version=` (the newest without `version`).

use serde::{Deserialize, Serialize};

use crate::{PerTrait, Text, Trait};

/// One version of a test: what is asked, how it is keyed, against whom it is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    /// `mini-ipip-20` or `ipip-bfm-50`.
    pub key: String,
    /// Grows by one with every change of items, keys or norms.
    pub version: i32,
    /// The answers that can be given, 1 to 5.
    pub scale: Vec<ScalePoint>,
    /// In the order in which they are asked.
    pub items: Vec<Item>,
    /// The name of the norms, for example `openpsychometrics-603322`.
    pub norm_set: String,
    /// Mean and standard deviation of the item mean in the norm sample.
    pub norms: PerTrait<Norm>,
    /// Published reliability (Cronbach's alpha) of each scale.
    pub alpha: PerTrait<f64>,
}

/// One answer of the scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalePoint {
    /// 1 to 5.
    pub value: i16,
    /// What the member reads.
    pub label: Text,
}

/// One statement of the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The item's number in the 50, the same in the 20, so that answers carry over.
    pub id: i16,
    /// The scale it belongs to.
    #[serde(rename = "trait")]
    pub of: Trait,
    /// Whether agreeing says more (`plus`) or less (`minus`) of the trait.
    pub keyed: Keyed,
    /// What the member reads.
    pub text: Text,
}

/// The sign of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keyed {
    /// Counts as answered.
    Plus,
    /// Counts as 6 minus the answer.
    Minus,
}

/// Mean and standard deviation of a scale's item mean (1 to 5).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Norm {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}
