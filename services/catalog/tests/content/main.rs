//! The content files of `data/`, held to the rules that a reader of `domain.md` would expect.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]

mod characters;
mod drawings;
mod instruments;
mod quest_templates;
mod result_texts;
mod self_check;

use std::sync::LazyLock;

use catalog::domain::files::{Files, TOML};
use toml::{Table, Value};

static FILES: LazyLock<Files> = LazyLock::new(|| Files::embedded().unwrap());

/// The files as they are written.
fn written() -> impl Iterator<Item = (&'static str, Value)> {
    let table = |text: &str| Value::Table(text.parse::<Table>().unwrap());
    TOML.into_iter().map(move |(name, text)| (name, table(text)))
}

/// Calls `look` with every table in a value, and where it is.
fn each_table(value: &Value, place: &str, look: &mut impl FnMut(&str, &Table)) {
    match value {
        Value::Table(table) => {
            look(place, table);
            for (key, value) in table {
                each_table(value, &format!("{place}/{key}"), look);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                each_table(value, &format!("{place}/{index}"), look);
            }
        }
        _ => {}
    }
}

/// The sentences of a text: one, or a list.
fn sentences(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

fn is_hangul(letter: char) -> bool {
    matches!(letter, '가'..='힣' | 'ㄱ'..='ㅣ')
}

#[test]
fn every_text_is_complete_in_korean_and_in_english() {
    let mut texts = 0;
    for (file, value) in written() {
        each_table(&value, file, &mut |place, table| {
            if !table.contains_key("ko") && !table.contains_key("en") {
                return;
            }
            texts += 1;
            let [ko, en] =
                ["ko", "en"].map(|lang| table.get(lang).map(sentences).unwrap_or_default());
            assert_eq!(table.len(), 2, "{place}: ko and en, and nothing else");
            assert!(!ko.is_empty() && ko.len() == en.len(), "{place}: as many in ko as in en");
            for text in ko.iter().chain(&en) {
                assert!(!text.is_empty() && text.trim() == *text, "{place}: {text:?}");
                assert!(!text.contains(['"', '\n', '\t']), "{place}: {text:?}");
            }
            let spoken = |text: &&str| text.contains(is_hangul);
            assert!(ko.iter().all(spoken), "{place}: {ko:?} is not Korean");
            assert!(!en.iter().any(spoken), "{place}: {en:?} is not English");
        });
    }
    assert!(texts > 700, "{texts} texts were looked at");
}

/// A line that the program does not know would be lost without a word: a slip of the pen in a key.
#[test]
fn nothing_is_written_that_nobody_reads() {
    let read = [
        ("instruments.toml", Value::try_from(&FILES.instruments).unwrap()),
        ("characters.toml", Value::try_from(&FILES.characters).unwrap()),
        ("quest-templates.toml", Value::try_from(&FILES.quest_templates.items).unwrap()),
        ("result-texts.toml", Value::try_from(&FILES.result_texts).unwrap()),
        ("self-check.toml", Value::try_from(&FILES.self_check).unwrap()),
    ];
    for ((file, value), (name, read)) in written().zip(read) {
        assert_eq!(file, name);
        let mut known = std::collections::HashSet::new();
        each_table(&read, "", &mut |_, table| {
            known.extend(table.keys().cloned());
        });
        known.extend(
            ["instrument", "item", "character", "template", "version", "scale"].map(str::to_owned),
        );
        each_table(&value, file, &mut |place, table| {
            for key in table.keys() {
                assert!(known.contains(key), "{place}: nobody reads {key:?}");
            }
        });
    }
}

/// Tables are written anew only when a file's version grows. If this fails, raise `version` in the file that was
/// changed (for a drawing in characters.toml), and then accept the snapshot: `cargo insta accept`.
#[test]
fn changed_content_has_a_new_version() {
    let drawings: String = FILES.drawings.iter().map(|drawing| drawing.svg.as_str()).collect();
    let line = |(file, value): (&str, Value)| {
        let drawn = if file == "characters.toml" { &drawings } else { "" };
        let content = format!("{value}{drawn}");
        format!("{file}: version {} is {:016x}", value["version"], fnv(content.as_bytes()))
    };
    insta::assert_snapshot!(written().map(line).collect::<Vec<_>>().join("\n"));
}

/// FNV-1a, for telling contents apart.
fn fnv(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}
