//! What is read again and again: the catalog's reference data, auth's settings of the app.

use std::mem::discriminant;
use std::path::Path;

use serde_json::{Value, json};
use testkit::{Database, TestService};

use crate::platform::{Platform, TABLES};
use crate::{sign_up, take, until};

/// What analysis's own tests believe that the catalog answers.
const STAND_INS: [(&str, &str); 5] = [
    ("characters.json", "/int/catalog/characters"),
    ("ipip-bfm-50.json", "/int/catalog/instruments/ipip-bfm-50"),
    ("mini-ipip-20.json", "/int/catalog/instruments/mini-ipip-20"),
    ("result-texts.json", "/int/catalog/result-texts"),
    ("self-check.json", "/int/catalog/self-check"),
];

#[tokio::test]
async fn what_stands_in_is_like_what_is_there() {
    let database = Database::create(TABLES).await;
    let clock = chassis::Clock::system();
    let catalog: TestService<catalog::Catalog> =
        TestService::start_at(database, clock, catalog::Config {}).await;
    until(async || catalog.readiness().is_ready().then_some(())).await;
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/analysis/tests/fixtures");
    for (file, path) in STAND_INS {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let believed: Value = serde_json::from_str(&text).unwrap();
        let there = catalog.as_service("analysis").get(path).await.expect(200);
        let missing = missing(&believed, &there, path);
        assert!(missing.is_empty(), "services/analysis/tests/fixtures/{file}: {missing:#?}");
    }
}

/// What is believed and is not there: a field, another type, a kind of item. What is there besides troubles nobody.
fn missing(believed: &Value, there: &Value, at: &str) -> Vec<String> {
    match (believed, there) {
        (Value::Object(believed), Value::Object(there)) => {
            let fields = believed.iter().map(|(name, value)| {
                let at = format!("{at} {name}");
                let absent = || vec![format!("{at} is not there")];
                there.get(name).map_or_else(absent, |there| missing(value, there, &at))
            });
            fields.flatten().collect()
        }
        (Value::Array(believed), Value::Array(there)) if !believed.is_empty() => {
            let unlike = there.iter().map(|item| {
                let of_each = believed.iter().map(|one| missing(one, item, at));
                of_each.min_by_key(Vec::len).unwrap_or_default()
            });
            unlike.flatten().collect()
        }
        _ if discriminant(believed) == discriminant(there) => Vec::new(),
        _ => vec![format!("{at} is {there}, and not like {believed}")],
    }
}

#[tokio::test]
async fn a_low_mood_is_told_auths_lines() {
    let platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let before = format!(
        "INSERT INTO analysis.self_check_entries (user_id, date, mood, energy, stress, sleep, focus, relationships,
                                                  created_at, updated_at)
         SELECT '{}', current_date - day, 1, 5, 5, 5, 5, 5, now(), now() FROM generate_series(1, 5) day
         RETURNING '' AS found",
        member.id
    );
    assert_eq!(platform.query(&before).await.len(), 5);
    let low = json!({
        "mood": 1, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
    });
    let token = Some(member.token.as_str());
    let answer = platform.post("/api/self-check/submit", token, low).await.expect(201);
    let settings = platform.get("/api/app-settings/public", None).await.expect(200);
    assert_eq!(answer["support"]["lines"], settings["support"]["lines"]);
    assert!(settings["support"]["lines"][0]["phone"].is_string(), "{settings}");
}

#[tokio::test]
async fn the_long_test_is_asked_and_scored() {
    let platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let result = take(&platform, &member, "ipip-bfm-50").await;
    assert_eq!(result["instrument"], "ipip-bfm-50", "{result}");
}
