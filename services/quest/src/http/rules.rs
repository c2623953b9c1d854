//! What more than one request must keep to.

use jiff::civil::Date;

/// A date that can be asked for: those before the year 1 nobody has lived, and PostgreSQL has only some of them.
pub(super) fn is_of_our_era(date: &Date, _: &()) -> garde::Result {
    if date.year() < 1 {
        return Err(garde::Error::new("must not be before the year 1"));
    }
    Ok(())
}
