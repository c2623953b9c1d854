//! The JSON Schemas of what services tell each other, `docs/events`: written by `make events`, which refuses what would break those
//! who are not rolled out yet.

mod compatible;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use contracts::payloads::{self, Payload};
use serde_json::Value;

use crate::{Outcome, folder};

/// Writes the schemas, unless one of them breaks with what is there.
pub fn write() -> Outcome {
    let (known, now) = (known()?, payloads::all());
    let broken = broken(&known, &now);
    if !broken.is_empty() {
        return Err(broken.join("\n").into());
    }
    for payload in &now {
        let text = serde_json::to_string_pretty(&payload.written)?;
        fs::write(path(payload.kind), text + "\n")?;
    }
    println!("docs/events is written");
    Ok(())
}

/// What is wrong with the schemas that are there: what the code breaks, or else what is stale.
pub fn wrong() -> Outcome<Vec<String>> {
    let (known, now) = (known()?, payloads::all());
    let broken = broken(&known, &now);
    if !broken.is_empty() {
        return Ok(broken);
    }
    let is_stale = |one: &&Payload| known.get(one.kind) != Some(one.written.as_value());
    let stale = now.iter().filter(is_stale);
    Ok(stale.map(|one| format!("docs/events/{}.json is stale: make events", one.kind)).collect())
}

/// What would no longer be understood while services of two releases run beside each other, and for as long as the log holds
/// events of the one before.
fn broken(known: &BTreeMap<String, Value>, now: &[Payload]) -> Vec<String> {
    let mut broken = Vec::new();
    for (kind, before) in known {
        let Some(payload) = now.iter().find(|payload| payload.kind == kind) else {
            broken.push(format!("{kind}: there are readers of it, and nobody writes it any more"));
            continue;
        };
        let old_events = compatible::breaks(before, payload.read.as_value());
        let old_readers = compatible::breaks(payload.written.as_value(), before);
        let told = |who: &str, what: Vec<String>| {
            what.into_iter().map(|what| format!("{kind}: {who}: {what}")).collect::<Vec<_>>()
        };
        broken.extend(told("events that are in the log already", old_events));
        broken.extend(told("readers that run still", old_readers));
    }
    broken
}

fn known() -> Outcome<BTreeMap<String, Value>> {
    let mut known = BTreeMap::new();
    for entry in fs::read_dir(folder::root().join("docs/events"))? {
        let path = entry?.path();
        let kind = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        known.insert(kind, serde_json::from_str(&fs::read_to_string(&path)?)?);
    }
    Ok(known)
}

fn path(kind: &str) -> PathBuf {
    folder::root().join("docs/events").join(format!("{kind}.json"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schemas_of_events_are_those_of_the_code_and_break_nobody() {
        let wrong = super::wrong().unwrap();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
