//! What a member can look for among their quests.

use jiff::civil::Date;

use super::quests::Status;

/// A search; what is none does not narrow it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    /// The first date.
    pub(crate) from: Option<Date>,
    /// The last date.
    pub(crate) until: Option<Date>,
    /// What has become of it.
    pub(crate) status: Option<Status>,
    /// Part of the title, in either language, whatever its case.
    pub(crate) words: Option<String>,
    /// Where the last page ended.
    pub(crate) after: Option<Place>,
}

/// A place in the history, which goes from newest to oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The date.
    pub(crate) date: Date,
    /// The slot of that date.
    pub(crate) slot: i16,
}

/// As a cursor: `2026-03-02.1`.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.date, self.slot)
    }
}

impl std::str::FromStr for Place {
    type Err = NoPlace;

    fn from_str(cursor: &str) -> Result<Self, NoPlace> {
        let (date, slot) = cursor.split_once('.').ok_or(NoPlace)?;
        let date: Date = date.parse().map_err(|_| NoPlace)?;
        let slot = slot.parse().map_err(|_| NoPlace)?;
        if date.year() < 1 {
            return Err(NoPlace);
        }
        Ok(Place { date, slot })
    }
}

/// A cursor that none of our answers has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the next_cursor of an answer")]
pub(crate) struct NoPlace;

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_cursor_names_a_place() {
        let place = Place { date: date(2026, 3, 2), slot: 1 };
        assert_eq!(place.to_string(), "2026-03-02.1");
        assert_eq!("2026-03-02.1".parse(), Ok(place));
        for wrong in ["", "2026-03-02", "2026-03-32.1", "2026-03-02.x", "'; DROP TABLE rewards"] {
            assert_eq!(wrong.parse::<Place>(), Err(NoPlace), "{wrong}");
        }
    }
}
