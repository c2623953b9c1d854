//! What services read of each other, against those who write it. Each reader here is the service itself, and so is each writer.
//! (Where keys are read, a setting says: `keys.rs`.)

mod answers;
mod events;
mod snapshots;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Who reads what of another service, and the test in which they do.
const READS: [(&str, &[&str], &str); 8] = [
    (
        "analysis",
        &["/api/app-settings/public", "/int/catalog/self-check"],
        "contracts/answers::a_low_mood_is_told_auths_lines",
    ),
    (
        "analysis",
        &["/int/auth/members"],
        "contracts/snapshots::who_starts_late_is_told_by_the_owners",
    ),
    (
        "analysis",
        &[
            "/int/catalog/characters",
            "/int/catalog/instruments/mini-ipip-20",
            "/int/catalog/result-texts",
        ],
        "first_day::a_members_first_day",
    ),
    (
        "analysis",
        &["/int/catalog/instruments/ipip-bfm-50"],
        "contracts/answers::the_long_test_is_asked_and_scored",
    ),
    (
        "auth",
        &["/int/{service}/members/{user_id}/export"],
        "account::an_export_holds_every_table_and_column_that_names_a_member",
    ),
    (
        "gateway",
        &["/int/auth/revocations"],
        "revocations::who_signs_out_is_refused_at_both_doors_within_two_seconds",
    ),
    (
        "quest",
        &["/int/analysis/holds", "/int/auth/members"],
        "contracts/snapshots::who_starts_late_is_told_by_the_owners",
    ),
    (
        "quest",
        &["/int/catalog/characters", "/int/catalog/quest-templates"],
        "first_day::a_members_first_day",
    ),
];

#[test]
fn every_read_of_another_service_is_tested_against_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut read = BTreeSet::new();
    for reader in ["analysis", "auth", "catalog", "quest", "sns"] {
        collect(reader, &root.join("services").join(reader).join("src"), &mut read);
    }
    collect("gateway", &root.join("gateway/src"), &mut read);
    let mut tested = BTreeSet::new();
    for (reader, paths, test) in READS {
        tested.extend(paths.iter().map(|path| (reader.to_owned(), (*path).to_owned())));
        let (file, name) = test.split_once("::").unwrap();
        let file = root.join(format!("crates/platform/tests/whole/{file}.rs"));
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("#[tokio::test]\nasync fn {name}(")), "{test} is no test");
    }
    assert_eq!(read, tested, "name the test that reads it of the real service");
}

/// The paths of others that stand in a service's code: below `/int/`, or what is kept of theirs.
fn collect(reader: &str, folder: &Path, read: &mut BTreeSet<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(reader, &path, read);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let literals = text.split('"').skip(1).step_by(2);
        let of_others = literals.filter(|literal| {
            let internal = literal.strip_prefix("/int/").is_some_and(|rest| {
                !rest.starts_with(&format!("{reader}/"))
                    && rest.contains('/')
                    && !rest.contains(' ')
            });
            internal || text.contains(&format!("Cached::new(auth.clone(), \"{literal}\")"))
        });
        read.extend(of_others.map(|literal| {
            let path = literal.split('?').next().unwrap_or_default();
            (reader.to_owned(), path.trim_end_matches("{after}").to_owned())
        }));
    }
}
