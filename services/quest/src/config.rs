//! The settings of quest.

use serde::Deserialize;

/// What quest needs to know, beside what every service does.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// `CATALOG_BASE_URL`: whom it asks for templates and characters.
    pub catalog_base_url: String,
    /// `AUTH_BASE_URL`: whom it asks for the members when it starts late.
    pub auth_base_url: String,
    /// `ANALYSIS_BASE_URL`: whom it asks for what holds of the members when it starts late.
    pub analysis_base_url: String,
}
