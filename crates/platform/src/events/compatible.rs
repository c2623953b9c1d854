//! Whether everything that one JSON Schema writes is understood by another: the part of JSON Schema that `schemars` derives from our
//! types. A word that is not known here is an error, so that nothing passes unseen.

use serde_json::Value;

/// What says nothing of values.
const SPOKEN: [&str; 5] = ["$schema", "$defs", "title", "description", "default"];
/// What must be the same on both sides, because the types behind it are.
const SAME: [&str; 6] = ["format", "minimum", "maximum", "minItems", "maxItems", "pattern"];

/// Why the reader does not understand all that is written; empty if it does.
pub(super) fn breaks(written: &Value, read: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let roots = (written, read);
    compare(roots, (written, read), "payload", &mut found);
    found
}

type Pair<'a> = (&'a Value, &'a Value);

fn compare(roots: Pair<'_>, (written, read): Pair<'_>, at: &str, found: &mut Vec<String>) {
    let (written, read) = (resolved(roots.0, written), resolved(roots.1, read));
    let (writes, reads) = (alternatives(written), alternatives(read));
    if writes.len() == 1 && reads.len() == 1 {
        return compare_one(roots, (written, read), at, found);
    }
    for written in writes {
        let understood = reads.iter().any(|read| {
            let mut missed = Vec::new();
            compare(roots, (written, read), at, &mut missed);
            missed.is_empty()
        });
        if !understood {
            let what = resolved(roots.0, written);
            found.push(format!("{at} may be {}, which is not understood", name(what)));
        }
    }
}

fn compare_one(roots: Pair<'_>, (written, read): Pair<'_>, at: &str, found: &mut Vec<String>) {
    for (schema, side) in [(written, "written"), (read, "read")] {
        let words = schema.as_object().into_iter().flat_map(|schema| schema.keys());
        found.extend(words.filter(|word| !is_known(word)).map(|word| {
            format!("{at}: what is {side} says `{word}`, which this check does not know")
        }));
    }
    let understood = types(read);
    for kind in types(written) {
        let widened = kind == "integer" && understood.contains(&"number");
        if !understood.is_empty() && !understood.contains(&kind) && !widened {
            found.push(format!(
                "{at} may be {kind}, where {} is understood",
                understood.join(" or ")
            ));
        }
    }
    if types(written).is_empty() && !understood.is_empty() {
        found
            .push(format!("{at} may be anything, where {} is understood", understood.join(" or ")));
    }
    if let Some(understood) = values(read) {
        match values(written) {
            None => found.push(format!("{at} may be any value, where one of a list is understood")),
            Some(written) => found.extend(
                written
                    .iter()
                    .filter(|value| !understood.contains(value))
                    .map(|value| format!("{at} may be {value}, which is not understood")),
            ),
        }
    }
    for word in SAME {
        if !read[word].is_null() && written[word] != read[word] {
            found.push(format!(
                "{at}: {word} is {}, where {} is understood",
                written[word], read[word]
            ));
        }
    }
    compare_fields(roots, (written, read), at, found);
    for word in ["items", "additionalProperties"] {
        if written[word].is_object() && read[word].is_object() {
            compare(roots, (&written[word], &read[word]), &format!("{at}[]"), found);
        }
    }
}

fn compare_fields(roots: Pair<'_>, (written, read): Pair<'_>, at: &str, found: &mut Vec<String>) {
    let always = list(&written["required"]);
    for name in list(&read["required"]) {
        if !always.contains(&name) {
            found.push(format!("{at}.{} is needed, and is not always there", text(name)));
        }
    }
    let fields = written["properties"].as_object();
    for (name, field) in fields.into_iter().flatten() {
        match &read["properties"][name] {
            Value::Null if read["additionalProperties"] == false => {
                found.push(format!("{at}.{name} is refused"));
            }
            Value::Null => {}
            read => compare(roots, (field, read), &format!("{at}.{name}"), found),
        }
    }
}

/// The schema itself, where it is only named.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// The schemas of which a value has to fit one.
fn alternatives(schema: &Value) -> Vec<&Value> {
    let several = ["anyOf", "oneOf"].iter().find_map(|word| schema[*word].as_array());
    several.map_or_else(|| vec![schema], |several| several.iter().collect())
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn values(schema: &Value) -> Option<Vec<&Value>> {
    let one = || (!schema["const"].is_null()).then(|| vec![&schema["const"]]);
    schema["enum"].as_array().map(|several| several.iter().collect()).or_else(one)
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().into_iter().flatten().collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn name(schema: &Value) -> String {
    match schema["title"].as_str() {
        Some(title) => title.to_owned(),
        None => types(schema).join(" or "),
    }
}

fn is_known(word: &str) -> bool {
    let structure = ["type", "enum", "const", "anyOf", "oneOf", "$ref", "required", "properties"];
    let inner = ["items", "additionalProperties"];
    [&SPOKEN[..], &SAME[..], &structure[..], &inner[..]].concat().contains(&word)
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;
    use schemars::{JsonSchema, schema_for};
    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use super::breaks;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Before {
        name: String,
        mood: i16,
        place: Place,
        inner: Option<Inner>,
        many: Vec<Inner>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Inner {
        weight: f64,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Place {
        Indoors,
        Outdoors,
    }

    /// `Before` with one thing changed, by a JSON merge patch; null takes away.
    fn with(pointer: &str, value: Value) -> Value {
        let mut schema = schema_for!(Before).to_value();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = schema.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => parent.remove(name),
            value => parent.insert(name.to_owned(), value),
        };
        schema
    }

    fn without(name: &str) -> Value {
        let mut schema = with(&format!("/properties/{name}"), Value::Null);
        schema["required"].as_array_mut().unwrap().retain(|one| one != name);
        schema
    }

    fn before() -> Value {
        schema_for!(Before).to_value()
    }

    #[test]
    fn the_same_is_understood() {
        assert_eq!(breaks(&before(), &before()), [""; 0]);
        let written = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let written = written.into_root_schema_for::<Before>().to_value();
        assert_eq!(breaks(&written, &before()), [""; 0], "what is always written need not be");
    }

    #[test]
    fn a_field_more_is_understood_and_a_field_less_is_not() {
        let more = with("/properties/more", serde_json::json!({"type": "string"}));
        assert_eq!(breaks(&more, &before()), [""; 0]);
        let less = breaks(&without("mood"), &before());
        assert_eq!(less, ["payload.mood is needed, and is not always there"]);
        let inner = with("/$defs/Inner/required", Value::Null);
        let inner = breaks(&inner, &before());
        assert_eq!(inner.len(), 2, "{inner:?}");
        assert!(inner.contains(&"payload.many[].weight is needed, and is not always there".into()));
    }

    #[test]
    fn a_field_that_is_needed_from_now_on_is_not_understood() {
        let now = without("name");
        let found = breaks(&now, &before());
        assert_eq!(found, ["payload.name is needed, and is not always there"]);
    }

    #[test]
    fn another_type_is_not_understood() {
        let text = with("/properties/mood/type", "string".into());
        assert_eq!(
            breaks(&text, &before()),
            ["payload.mood may be string, where integer is understood"]
        );
        let may_be_null = with("/properties/name/type", serde_json::json!(["string", "null"]));
        assert_eq!(
            breaks(&may_be_null, &before()),
            ["payload.name may be null, where string is understood"]
        );
        let larger = with("/properties/mood/format", "int32".into());
        let larger = breaks(&larger, &before());
        assert_eq!(larger, [r#"payload.mood: format is "int32", where "int16" is understood"#]);
        let nothing = with("/properties/mood/type", Value::Null);
        assert_eq!(
            breaks(&nothing, &before()),
            ["payload.mood may be anything, where integer is understood"]
        );
    }

    #[test]
    fn a_value_less_is_not_understood_by_readers_who_lack_it() {
        let fewer = with("/$defs/Place/enum", serde_json::json!(["indoors"]));
        assert_eq!(breaks(&fewer, &before()), [""; 0]);
        let found = breaks(&before(), &fewer);
        assert_eq!(found, [r#"payload.place may be "outdoors", which is not understood"#]);
    }

    #[test]
    fn what_may_be_away_is_not_understood_by_those_who_need_it() {
        let always = with("/properties/inner", serde_json::json!({"$ref": "#/$defs/Inner"}));
        let found = breaks(&before(), &always);
        assert_eq!(found, ["payload.inner may be null, which is not understood"]);
    }

    #[test]
    fn a_word_that_is_not_known_is_no_consent() {
        let unknown = with("/properties/mood/multipleOf", 2.into());
        assert_eq!(breaks(&before(), &unknown).len(), 1);
    }
}
