//! The five traits, and what is said of them.

use serde::{Deserialize, Serialize};

/// One of the Big Five. The fourth factor is emotional stability; neuroticism is its negative.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// E.
    Extraversion,
    /// A.
    Agreeableness,
    /// C.
    Conscientiousness,
    /// ES, the negative of N.
    EmotionalStability,
    /// O, also called intellect or imagination.
    Openness,
}

impl Trait {
    /// All five, in the order in which answers show them.
    pub const ALL: [Trait; 5] = [
        Trait::Extraversion,
        Trait::Agreeableness,
        Trait::Conscientiousness,
        Trait::EmotionalStability,
        Trait::Openness,
    ];

    /// The name on the wire.
    pub fn key(self) -> &'static str {
        match self {
            Trait::Extraversion => "extraversion",
            Trait::Agreeableness => "agreeableness",
            Trait::Conscientiousness => "conscientiousness",
            Trait::EmotionalStability => "emotional_stability",
            Trait::Openness => "openness",
        }
    }

    /// The place in [`Trait::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Which way a member wishes to grow, or a quest leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More of the trait.
    More,
    /// Less of it: rest for the sociable, bounds for the kind, looser plans for the strict.
    Less,
}

impl Direction {
    /// The name on the wire.
    pub fn key(self) -> &'static str {
        match self {
            Direction::More => "more",
            Direction::Less => "less",
        }
    }
}

/// Where a T score stands: below 45, 45 to 55, above 55.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// T below 45.
    Low,
    /// T from 45 to 55, both included.
    Mid,
    /// T above 55.
    High,
}

/// One value for each trait.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
pub struct PerTrait<T> {
    /// E.
    pub extraversion: T,
    /// A.
    pub agreeableness: T,
    /// C.
    pub conscientiousness: T,
    /// ES.
    pub emotional_stability: T,
    /// O.
    pub openness: T,
}

impl<T> PerTrait<T> {
    /// Asks `value` for each trait.
    pub fn from_fn(mut value: impl FnMut(Trait) -> T) -> Self {
        PerTrait {
            extraversion: value(Trait::Extraversion),
            agreeableness: value(Trait::Agreeableness),
            conscientiousness: value(Trait::Conscientiousness),
            emotional_stability: value(Trait::EmotionalStability),
            openness: value(Trait::Openness),
        }
    }

    /// The value of one trait.
    pub fn get(&self, of: Trait) -> &T {
        match of {
            Trait::Extraversion => &self.extraversion,
            Trait::Agreeableness => &self.agreeableness,
            Trait::Conscientiousness => &self.conscientiousness,
            Trait::EmotionalStability => &self.emotional_stability,
            Trait::Openness => &self.openness,
        }
    }
}
