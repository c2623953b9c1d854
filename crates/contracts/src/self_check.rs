//! The daily self-check. `GET /int/catalog/self-check`.

use serde::{Deserialize, Serialize};

use crate::Text;

/// One version of the self-check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelfCheck {
    /// Grows by one with every change.
    pub version: i32,
    /// Asked 0 to 10.
    pub item: Vec<SelfCheckItem>,
    /// Asked as a choice.
    pub preference: Vec<Preference>,
    /// Said beside the support lines when moods stay low.
    pub support: Text,
}

/// One question, 0 to 10.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelfCheckItem {
    /// `mood energy stress sleep focus relationships`.
    pub key: String,
    /// The question.
    pub label: Text,
    /// What 0 means.
    pub low_label: Text,
    /// What 10 means.
    pub high_label: Text,
    /// Whether more is worse.
    #[serde(default)]
    pub reversed: bool,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preference {
    /// `activity social pace`.
    pub key: String,
    /// The question.
    pub label: Text,
    /// What can be chosen.
    pub option: Vec<PreferenceOption>,
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreferenceOption {
    /// For example `indoors`.
    pub key: String,
    /// What the member reads.
    pub label: Text,
}
