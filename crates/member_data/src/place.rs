//! Where a page ends and the next one begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Behind a row: its table, and its key. As text, nobody's business but ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    table: String,
    key: Map<String, Value>,
}

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Place(Row);

/// What is no place that we told.
#[derive(Debug, thiserror::Error)]
#[error("must be the `next` of a page")]
pub struct NoPlace;

impl Place {
    pub(crate) fn behind(table: &str, key: Map<String, Value>) -> Self {
        Place(Row { table: table.to_owned(), key })
    }

    pub(crate) fn table(&self) -> &str {
        &self.0.table
    }

    pub(crate) fn key(&self) -> Value {
        Value::Object(self.0.key.clone())
    }

    /// As a page's `next` has it.
    pub(crate) fn to_text(&self) -> serde_json::Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0)?))
    }
}

impl TryFrom<String> for Place {
    type Error = NoPlace;

    fn try_from(text: String) -> Result<Self, NoPlace> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoPlace)?;
        serde_json::from_slice(&json).map(Place).map_err(|_| NoPlace)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is() {
        let key = json!({"date": "2026-11-20", "choice": 1}).as_object().unwrap().clone();
        let place = Place::behind("offers", key);
        assert_eq!(Place::try_from(place.to_text().unwrap()).unwrap(), place);
        for text in ["", "offers", "e30", "!"] {
            assert!(Place::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
