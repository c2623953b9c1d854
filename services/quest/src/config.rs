//! The settings of quest.

use schemars::JsonSchema;
use serde::Deserialize;

/// What quest needs to know, beside what every service does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Config {
    /// Whom it asks for templates and characters.
    pub catalog_base_url: String,
    /// Whom it asks for the members when it starts late.
    pub auth_base_url: String,
    /// Whom it asks for what holds of the members when it starts late.
    pub analysis_base_url: String,
}
