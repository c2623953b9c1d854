//! What admins can look for among members.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use uuid::Uuid;

/// A search; what is none does not narrow it.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// How the name begins, or, with an `@` in it, the address; in any case.
    pub(crate) beginning: Option<String>,
    /// A role that is held.
    pub(crate) role: Option<String>,
    /// The first moment of joining.
    pub(crate) from: Timestamp,
    /// The first moment that is too late.
    pub(crate) before: Timestamp,
    /// Where the last page ended.
    pub(crate) after: Option<Place>,
}

/// Where a member stands in the order of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Newest first.
    Joined(Timestamp, Uuid),
    /// By name or address, as they are compared.
    Called(String, Uuid),
}

/// As a cursor: one word, whatever is in a name.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = match self {
            Place::Joined(at, id) => format!("{id}j{}", at.as_microsecond()),
            Place::Called(name, id) => format!("{id}c{name}"),
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(place))
    }
}

impl std::str::FromStr for Place {
    type Err = NoPlace;

    fn from_str(cursor: &str) -> Result<Self, NoPlace> {
        let place = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| NoPlace)?;
        let place = String::from_utf8(place).map_err(|_| NoPlace)?;
        let (id, place) = place.split_at_checked(36).ok_or(NoPlace)?;
        let id = id.parse().map_err(|_| NoPlace)?;
        match place.split_at_checked(1).ok_or(NoPlace)? {
            ("j", micros) => {
                let micros = micros.parse().map_err(|_| NoPlace)?;
                let at = Timestamp::from_microsecond(micros).map_err(|_| NoPlace)?;
                if at < Timestamp::UNIX_EPOCH { Err(NoPlace) } else { Ok(Place::Joined(at, id)) }
            }
            ("c", name) if !name.contains('\0') => Ok(Place::Called(name.to_owned(), id)),
            _ => Err(NoPlace),
        }
    }
}

/// A cursor that none of our answers to this search has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the next_cursor of an answer to the same search")]
pub(crate) struct NoPlace;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_a_place() {
        let (at, id) =
            (Timestamp::from_microsecond(1_557_126_489_123_456).unwrap(), Uuid::from_u128(7));
        for place in [Place::Joined(at, id), Place::Called("김민지 j1".to_owned(), id)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for wrong in [
            String::new(),
            "'; DROP".to_owned(),
            encode("short"),
            encode(&id.to_string()),
            encode(&format!("{id}x1")),
            encode(&format!("{id}j")),
            encode(&format!("{id}j-1")),
            encode(&format!("{id}j9999999999999999999")),
            encode(&format!("{id}c\0")),
        ] {
            assert_eq!(wrong.parse::<Place>(), Err(NoPlace), "{wrong}");
        }
    }
}
