//! What clients show around the product: its name, its logo, where to get help.

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The settings of the app, public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// What the product is called.
    #[garde(length(chars, min = 1, max = 100))]
    pub(crate) service_name: String,
    /// Where its logo is.
    #[garde(inner(url, length(max = 500)))]
    pub(crate) logo_url: Option<String>,
    /// Where to get help.
    #[garde(dive)]
    pub(crate) support: Support,
}

/// Where a member finds help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Support {
    /// For questions about the product.
    #[garde(inner(email))]
    pub(crate) email: Option<String>,
    /// A page of answers.
    #[garde(inner(url, length(max = 500)))]
    pub(crate) url: Option<String>,
    /// Telephone lines for members who are not well; shown by the self-check.
    #[garde(length(max = 10), dive)]
    pub(crate) lines: Vec<SupportLine>,
}

/// A line that somebody answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupportLine {
    /// Who answers.
    #[garde(length(chars, min = 1, max = 100))]
    pub(crate) name: String,
    /// What to dial.
    #[garde(length(chars, min = 2, max = 30))]
    pub(crate) phone: String,
    /// When somebody answers.
    #[garde(length(chars, min = 1, max = 100))]
    pub(crate) hours: String,
}

impl Default for AppSettings {
    /// What holds until an admin says otherwise: Korea's line for those in need, open day and night.
    fn default() -> Self {
        let line = SupportLine {
            name: "자살예방 상담전화".to_owned(),
            phone: "109".to_owned(),
            hours: "24시간".to_owned(),
        };
        AppSettings {
            service_name: "damacorch".to_owned(),
            logo_url: None,
            support: Support { email: None, url: None, lines: vec![line] },
        }
    }
}

/// One value over another: objects field by field, anything else as a whole.
pub(crate) fn laid_over(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut below), Value::Object(above)) => {
            for (name, above) in above {
                let value = match below.remove(&name) {
                    Some(below) => laid_over(below, above),
                    None => above,
                };
                below.insert(name, value);
            }
            Value::Object(below)
        }
        (_, above) => above,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_laid_over_keeps_the_fields_it_does_not_know() {
        let below = json!({"a": 1, "b": {"c": 2, "d": [3, 4]}, "new": {"e": 5}});
        let above = json!({"a": null, "b": {"d": []}, "f": 6});
        let both = json!({"a": null, "b": {"c": 2, "d": []}, "new": {"e": 5}, "f": 6});
        assert_eq!(laid_over(below, above), both);
    }
}
