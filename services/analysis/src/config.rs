//! The settings of analysis.

use schemars::JsonSchema;
use serde::Deserialize;

/// What analysis needs to know, beside what every service does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Config {
    /// Whom it asks for reference data.
    pub catalog_base_url: String,
    /// Whom it asks for the support lines, and for the members when it starts late.
    pub auth_base_url: String,
}
