//! Text that PostgreSQL cannot keep: U+0000. Refused at the door for every field, so that no service has to think of it.

use serde_json::Value;

use crate::FieldError;
use crate::extract::push_key;

const DETAIL: &str = "must not contain U+0000";

/// The strings of a well-formed body that hold one.
pub(crate) fn in_json(body: &[u8]) -> Vec<FieldError> {
    let mut found = Vec::new();
    // JSON has no other way to write it, so that nearly every body is read no second time.
    let escape = br"\u0000";
    if body.windows(escape.len()).any(|bytes| bytes == escape)
        && let Ok(value) = serde_json::from_slice(body)
    {
        collect(&value, &mut String::new(), &mut found);
    }
    found
}

/// The parameters that hold one.
pub(crate) fn in_query(pairs: form_urlencoded::Parse<'_>) -> Vec<FieldError> {
    pairs
        .filter(|(_, value)| value.contains('\0'))
        .map(|(name, _)| FieldError::new(format!("/{name}"), DETAIL))
        .collect()
}

fn collect(value: &Value, pointer: &mut String, found: &mut Vec<FieldError>) {
    let here = pointer.len();
    match value {
        Value::String(text) if text.contains('\0') => {
            found.push(FieldError::new(pointer.clone(), DETAIL));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                push_key(pointer, &index.to_string());
                collect(item, pointer, found);
                pointer.truncate(here);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                push_key(pointer, key);
                collect(member, pointer, found);
                pointer.truncate(here);
            }
        }
        _ => {}
    }
}
