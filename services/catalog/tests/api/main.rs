//! The catalog through HTTP, on a real PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where and stop"
)]

mod characters;
mod content;
mod internal;
mod outage;
mod quest_templates;
mod questions;
mod writes;

use std::time::Duration;

use catalog::{Catalog, Config};
use chassis::{Running, Service, Settings};
use contracts::UserId;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Asker, TestService};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

type CatalogService = TestService<Catalog>;

const TABLES: &[(&str, pg::EmbeddedMigrations)] = &[(Catalog::NAME, Catalog::MIGRATIONS)];

/// A catalog that has published its content.
async fn start() -> CatalogService {
    let catalog = TestService::start(TABLES, Config {}).await;
    until("the catalog is ready", async || catalog.readiness().is_ready()).await;
    catalog
}

/// Another replica on the same database.
async fn replica(catalog: &CatalogService) -> Running {
    let settings =
        Settings { listen: ([127, 0, 0, 1], 0).into(), workers: 1, ..Settings::default() };
    let database = pg::Settings::new(catalog.database.app_url(Catalog::NAME));
    let (trust, clock) = (testkit::trust(), catalog.clock.clone());
    let running = chassis::serve::<Catalog>(settings, database, &trust, clock, Config {}).await;
    running.expect("the replica starts")
}

/// Looks again and again until something holds; gives up after ten seconds.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: not within ten seconds");
}

/// The database, as its administrator.
async fn database(catalog: &CatalogService) -> Client {
    let (client, driver) =
        tokio_postgres::connect(&catalog.database.admin_url(), NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

/// The one number that a query answers.
async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// A path with its query, encoded.
fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

fn somebody() -> UserId {
    UserId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001))
}

async fn get_known(asker: &Asker<'_>, path: &str, known: &str) -> Answer {
    let request = asker.request(Method::GET, path);
    Answer::of(request.header("if-none-match", known)).await
}

/// Who has read a document gets a 304 from then on, with the same ETag and without a body.
async fn expect_etag(asker: &Asker<'_>, path: &str) {
    let read = asker.get(path).await;
    assert_eq!(read.status, 200, "{path}");
    let etag = read.headers["etag"].to_str().unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{path}: {etag} is no strong ETag");
    assert!(read.headers.contains_key("cache-control"), "{path}");
    for known in
        [etag.to_owned(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()]
    {
        let answer = get_known(asker, path, &known).await;
        assert_eq!(answer.status, 304, "{path} {known}");
        assert!(answer.body.is_empty());
        assert_eq!(answer.headers["etag"], etag);
        assert_eq!(answer.headers.get("vary"), read.headers.get("vary"));
    }
    let other = get_known(asker, path, "\"other\"").await;
    assert_eq!((other.status.as_u16(), &other.body), (200, &read.body), "{path}");
}

/// A template to write.
fn template() -> Value {
    json!({
        "code": "E77", "category": "social", "trait": "extraversion", "direction": "more",
        "difficulty": 1, "minutes": 5, "helps": ["mood"], "topics": ["music"],
        "activity": "either", "social": "few", "pace": "steady", "evidence": "FT",
        "title": {"ko": "처음 보는 사람에게 먼저 인사하기", "en": "Say hello first to somebody new"},
        "cue": {"ko": "엘리베이터를 타면", "en": "When you step into a lift"},
    })
}

/// `template` with one field set.
fn template_with(pointer: &str, value: Value) -> Value {
    let mut template = template();
    *template.pointer_mut(pointer).unwrap() = value;
    template
}

/// What nobody should be able to do by writing it somewhere.
const SQL: &str = "'; DROP TABLE quest_templates; --";

/// All but the routes that say so refuse strangers, and members who are no admins where an admin is needed.
#[tokio::test]
async fn every_route_is_guarded_as_its_document_says() {
    let catalog = start().await;
    let document = serde_json::to_value(catalog::openapi()).unwrap();
    let mut looked_at = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{code}", "E01").replace("{key}", "explorer");
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let ask = async |asker: Asker<'_>| {
                Answer::of(asker.request(method.clone(), &path)).await.status.as_u16()
            };
            let (stranger, member) =
                (ask(catalog.as_stranger()).await, ask(catalog.as_member(somebody())).await);
            match operation["x-access"].as_str() {
                Some("public") => assert_eq!((stranger, member), (200, 200), "{method} {path}"),
                Some("role:admin") => assert_eq!((stranger, member), (401, 403), "{method} {path}"),
                other => panic!("{method} {path}: x-access is {other:?}"),
            }
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, 9);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let catalog = start().await;
    for path in
        ["/api/quest-templates/E01/titles", "/api/characters/explorer.png", "/int/catalog", "/api"]
    {
        catalog.as_stranger().get(path).await.expect_problem(404, "not-found");
    }
}
