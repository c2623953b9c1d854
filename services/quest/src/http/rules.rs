//! What more than one request must keep to.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::de::{Deserialize, Deserializer, IntoDeserializer};

/// A date that can be asked for: those before the year 1 nobody has lived, and PostgreSQL has only some of them.
pub(super) fn is_of_our_era(date: &Date, _: &()) -> garde::Result {
    if date.year() < 1 {
        return Err(garde::Error::new("must not be before the year 1"));
    }
    Ok(())
}

/// Reads a parameter that is empty, such as `?from=`, as one that was left out.
pub(super) fn unless_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = Cow::<str>::deserialize(deserializer)?;
    let given = (!text.is_empty()).then(|| T::deserialize(text.into_deserializer()));
    given.transpose()
}
