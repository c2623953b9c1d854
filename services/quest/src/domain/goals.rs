//! The member's own goal: the only thing that makes quests work against a trait they have.

use contracts::{Direction, Trait};
use serde::{Deserialize, Serialize};

/// A trait and the way a member wishes to go in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Goal {
    /// The trait.
    #[serde(rename = "trait")]
    pub(crate) of: Trait,
    /// More or less of it.
    pub(crate) direction: Direction,
}

impl Goal {
    /// Whether the library has a way there: more of every trait; less of all but emotional stability, of which nobody
    /// is helped to have less (domain.md, "Quests").
    pub(crate) fn is_offered(self) -> bool {
        self.direction == Direction::More || self.of != Trait::EmotionalStability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_helped_to_be_less_stable() {
        for of in Trait::ALL {
            assert!(Goal { of, direction: Direction::More }.is_offered());
            let less = Goal { of, direction: Direction::Less };
            assert_eq!(less.is_offered(), of != Trait::EmotionalStability);
        }
    }
}
