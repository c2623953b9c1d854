//! How gateways follow which sessions have ended: in rounds, and each round page by page.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use uuid::Uuid;

/// How far a gateway has come, as it is given to it: `41`, or `41.57.0193f2a0-…` within a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Place {
    /// A round begins at this transaction: all before it was told.
    Between(i64),
    /// A round goes on behind the row that was told last, by its transaction and session.
    Within {
        /// Where the next round begins: the oldest transaction that ran before this one had read anything. What is
        /// committed meanwhile is found by one of the two.
        next: i64,
        /// The row.
        told: (i64, Uuid),
    },
}

impl Place {
    /// The row behind which to read.
    pub(crate) fn told(self) -> (i64, Uuid) {
        match self {
            // No session has this id: every row of the transaction is behind it.
            Place::Between(transaction) => (transaction, Uuid::nil()),
            Place::Within { told, .. } => told,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Between(next) => write!(f, "{next}"),
            Place::Within { next, told: (transaction, session_id) } => {
                write!(f, "{next}.{transaction}.{session_id}")
            }
        }
    }
}

/// What was given is no place.
#[derive(Debug, thiserror::Error)]
#[error("is not what was given as next")]
pub(crate) struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let number = |text: &str| text.parse::<i64>().map_err(|_| NoPlace);
        let Some((next, told)) = text.split_once('.') else {
            return number(text).map(Place::Between);
        };
        let (transaction, session_id) = told.split_once('.').ok_or(NoPlace)?;
        let session_id = session_id.parse().map_err(|_| NoPlace)?;
        Ok(Place::Within { next: number(next)?, told: (number(transaction)?, session_id) })
    }
}

impl TryFrom<String> for Place {
    type Error = NoPlace;

    fn try_from(text: String) -> Result<Self, NoPlace> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is() {
        let told = (57, Uuid::from_u128(7));
        for place in [Place::Between(41), Place::Within { next: 41, told }] {
            assert_eq!(place.to_string().parse::<Place>().unwrap(), place);
        }
        for text in ["", "x", "41.", "41.57", "41.57.x", ".57.", "41.57.0.1"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
