//! What there is to set, as the structs of settings say it: each field's comment, type and default are its description.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use serde_json::Value;

/// A setting that nobody may see, for `#[schemars(with = "Secret")]`.
#[derive(Debug)]
pub enum Secret {}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "writeOnly": true})
    }
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable's name.
    pub name: String,
    /// What it is without it; nothing where it has no value then.
    pub default: Option<String>,
    /// Nothing starts without it.
    pub needed: bool,
    /// Nobody may see it.
    pub secret: bool,
    /// What it means.
    pub meaning: String,
}

/// The settings of a struct, by name.
pub fn described<T: JsonSchema>() -> Vec<Setting> {
    let schema = schema_for!(T);
    let fields = schema.get("properties").and_then(Value::as_object);
    let needed = schema.get("required").and_then(Value::as_array);
    let setting = |(field, about): (&String, &Value)| Setting {
        name: field.to_uppercase(),
        default: about.get("default").and_then(text),
        needed: needed.is_some_and(|needed| needed.contains(&Value::from(field.as_str()))),
        secret: about.get("writeOnly").is_some(),
        meaning: about["description"].as_str().unwrap_or_default().replace('\n', " "),
    };
    fields.into_iter().flatten().map(setting).collect()
}

/// A value as one would write it into the environment.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
