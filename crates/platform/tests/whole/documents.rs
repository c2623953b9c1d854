//! The papers that people rely on say what the code says.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_problem_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut codes = BTreeSet::new();
    for folder in ["crates/problem/src", "crates/idempotency/src", "gateway/src", "services"] {
        collect(&root.join(folder), &mut codes);
    }
    assert!(codes.contains("email-taken") && codes.contains("invalid-input"), "{codes:?}");
    let page = std::fs::read_to_string(root.join("docs/problems.md")).unwrap();
    let missing: Vec<_> =
        codes.iter().filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/problems.md lacks {missing:?}");
}

/// The second argument of each `Problem::new(status, "code", "title")`.
fn collect(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, codes);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for call in text.split("Problem::new(").skip(1) {
                let code = call.split('"').nth(1).unwrap_or_default();
                let plain = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
                if plain && !code.is_empty() {
                    codes.insert(code.to_owned());
                }
            }
        }
    }
}
