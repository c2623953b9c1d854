//! The settings of the catalog: it needs none beside what every service has.

use serde::Deserialize;

/// What the catalog needs to know.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Config {}
