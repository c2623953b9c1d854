//! The settings of analysis.

use serde::Deserialize;

/// What analysis needs to know, beside what every service does.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// `CATALOG_BASE_URL`: whom it asks for reference data.
    pub catalog_base_url: String,
    /// `AUTH_BASE_URL`: whom it asks for the support lines, and for the members when it starts late.
    pub auth_base_url: String,
}
