//! The settings of the catalog: it needs none beside what every service has.

use schemars::JsonSchema;
use serde::Deserialize;

/// What the catalog needs to know.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub struct Config {}
