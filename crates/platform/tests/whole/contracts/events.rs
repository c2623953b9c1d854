//! What is told once: each event, from the service that sends it, to each that reads it, as its JSON Schema says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Database;
use wiremock::MockServer;

use crate::access::member_with;
use crate::platform::{Platform, TABLES};
use crate::topics::write_of_books;
use crate::{sign_up, take_test, until};

#[tokio::test]
async fn every_event_reaches_all_who_read_it_and_is_as_its_schema_says() {
    let site = MockServer::start().await;
    let besides = [("EGRESS_BESIDES", &*site.address().to_string())];
    let platform = Platform::start_told(Database::create(TABLES).await, &besides).await;
    do_all_that_is_told(&platform, &site).await;

    let missed = "SELECT type || ' to ' || service AS found FROM events.consumers
         EXCEPT SELECT type || ' to ' || consumer FROM events.inbox JOIN events.log ON id = event_id";
    let mut left = platform.query(missed).await;
    for _ in 0..200 {
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        left = platform.query(missed).await;
    }
    assert_eq!(left, Vec::<String>::new(), "no event has come there");
    let parked = "SELECT type AS found FROM events.parked JOIN events.log ON id = event_id";
    assert_eq!(platform.query(parked).await, Vec::<String>::new());

    let schemas = schemas();
    let sent = "SELECT json_build_object('type', type, 'payload', payload)::text AS found
         FROM events.log WHERE payload <> '{}'";
    let mut seen = BTreeSet::new();
    for event in platform.query(sent).await {
        let event: Value = serde_json::from_str(&event).unwrap();
        let kind = event["type"].as_str().unwrap();
        let wrong: Vec<_> = schemas[kind].iter_errors(&event["payload"]).collect();
        assert!(wrong.is_empty(), "{event}: {wrong:?}");
        seen.insert(kind.to_owned());
    }
    let producers = "SELECT DISTINCT type AS found FROM events.producers";
    assert_eq!(seen, platform.query(producers).await.into_iter().collect());
    assert_eq!(seen, schemas.into_keys().collect(), "each has a schema, and no other");
}

/// Has each service say everything that it may say.
async fn do_all_that_is_told(platform: &Platform, site: &MockServer) {
    let admin = member_with(platform, "admin").await;
    let template = "/api/quest-templates/E01";
    platform.send(&Method::DELETE, template, Some(&admin.token), &json!({})).await.expect(204);

    let member = sign_up(platform, "minji").await;
    let token = Some(member.token.as_str());
    let name = json!({"name": "Minji"});
    platform.send(&Method::PATCH, "/api/auth/me", token, &name).await.expect(200);
    let result = take_test(platform, &member).await;
    let check = json!({
        "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
    });
    platform.post("/api/self-check/submit", token, check).await.expect(201);
    write_of_books(platform, token, site).await;
    let home = until(async || {
        let home = platform.get("/api/home", token).await.expect(200);
        (home["character"]["key"] == result["character_key"]).then_some(home)
    })
    .await;
    let quest = format!("/api/quests/{}", home["quests"][0]["id"].as_str().unwrap());
    platform.post(&format!("{quest}/complete"), token, json!({})).await.expect(200);
    platform.post(&format!("{quest}/undo"), token, json!({})).await.expect(200);
    let result = format!("/api/analysis-results/{}", result["id"].as_str().unwrap());
    platform.send(&Method::DELETE, &result, token, &json!({})).await.expect(204);

    sign_up(platform, "zofia").await;
    platform.erase("zofia@example.com").await;
}

/// Those of `docs/events`, by the type of event.
fn schemas() -> BTreeMap<String, Validator> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events");
    let schema = |path: &Path| {
        let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let options = jsonschema::options().should_validate_formats(true);
        let kind = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (kind, options.build(&schema).unwrap())
    };
    fs::read_dir(folder).unwrap().map(|entry| schema(&entry.unwrap().path())).collect()
}
