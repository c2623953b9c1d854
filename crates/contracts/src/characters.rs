//! The characters: eight directions in trait space and the balanced one. `GET /int/catalog/characters?version=`.

use serde::{Deserialize, Serialize};

use crate::Text;

/// The key of the character for members who stand out in no direction.
pub const BALANCED: &str = "balanced";

/// One version of all characters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Characters {
    /// Grows by one with every change.
    pub version: i32,
    /// In the order that breaks ties; the balanced one has no vector.
    pub items: Vec<Character>,
}

/// A character and its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Character {
    /// `explorer`, …, `balanced`.
    pub key: String,
    /// Direction in the order N, E, O, A, C (N is minus emotional stability); any length, normalised on load.
    pub vector: Option<[f64; 5]>,
    /// The character's name.
    pub name: Text,
    /// One line.
    pub tagline: Text,
    /// A paragraph.
    pub description: Text,
    /// What they bring.
    pub strengths: Text<Vec<String>>,
    /// What helps them grow.
    pub growth: Text<Vec<String>>,
    /// The two colours of the drawing.
    pub colors: Vec<String>,
}
