//! A draft says everything that is wrong with it.

use garde::Validate;
use serde_json::{Value, json};

use super::Draft;

fn good() -> Value {
    json!({
        "code": "E77", "category": "social", "trait": "extraversion", "direction": "more",
        "difficulty": 1, "minutes": 5, "helps": ["mood"], "topics": ["music", "film"],
        "activity": "either", "social": "few", "pace": "steady", "evidence": "FT",
        "title": {"ko": "먼저 인사하기", "en": "Be the first to say hello"},
        "cue": {"ko": "집을 나서면", "en": "When you leave home"},
    })
}

/// The paths of what is wrong, sorted.
fn wrong(draft: Value) -> Vec<String> {
    let draft: Draft = serde_json::from_value(draft).unwrap();
    let Err(report) = draft.validate() else {
        return Vec::new();
    };
    let mut paths: Vec<String> = report.iter().map(|(path, _)| path.to_string()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

#[test]
fn a_good_one_is_taken_and_told_again() {
    assert_eq!(wrong(good()), [""; 0]);
    let draft: Draft = serde_json::from_value(good()).unwrap();
    let template = draft.into_template(3).unwrap();
    assert_eq!(template.version, 3);
    assert_eq!(Draft::from(template.clone()).into_template(3), Some(template));
}

#[test]
fn everything_that_is_missing_is_named() {
    let all = [
        "activity",
        "category",
        "code",
        "cue.en",
        "cue.ko",
        "difficulty",
        "direction",
        "evidence",
        "minutes",
        "pace",
        "r#trait",
        "social",
        "title.en",
        "title.ko",
    ];
    assert_eq!(wrong(json!({})), all);
}

#[test]
fn each_rule_is_kept() {
    for (pointer, value, path) in [
        ("/code", json!("A77"), "code"),
        ("/code", json!("E7"), "code"),
        ("/code", json!("E7777"), "code"),
        ("/code", json!("E7'"), "code"),
        ("/category", json!("'; DROP TABLE quest_templates; --"), "category"),
        ("/direction", json!("sideways"), "direction"),
        ("/difficulty", json!(4), "difficulty"),
        ("/minutes", json!(11), "minutes"),
        ("/minutes", json!(0), "minutes"),
        ("/helps", json!(["mood", "taxes"]), "helps[1]"),
        ("/helps", json!(["mood", "mood"]), "helps"),
        ("/topics/0", json!("politics"), "topics[0]"),
        ("/activity", json!("space"), "activity"),
        ("/social", json!("crowd"), "social"),
        ("/pace", json!("frantic"), "pace"),
        ("/evidence", json!("XX"), "evidence"),
        ("/title/ko", json!("먼저 인사해요"), "title.ko"),
        ("/title/ko", json!(format!("{}기", "가".repeat(40))), "title.ko"),
        ("/title/en", json!("Say\nhello"), "title.en"),
        ("/title/en", json!("nul\u{0}"), "title.en"),
        ("/title/en", json!(" "), "title.en"),
        ("/cue/ko", json!("집을 나설 때"), "cue.ko"),
        ("/cue/en", json!("Leaving home"), "cue.en"),
    ] {
        let mut draft = good();
        *draft.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(wrong(draft), [path], "{pointer} {value}");
    }
}

#[test]
fn what_suits_anybody_leads_to_more() {
    let mut draft = good();
    draft["trait"] = json!("any");
    draft["direction"] = json!("less");
    assert_eq!(wrong(draft), ["code", "direction"]);
}
