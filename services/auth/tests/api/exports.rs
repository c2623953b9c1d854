//! Everything of a member, as one archive.

use std::io::{Cursor, Read};
use std::time::Duration;

use contracts::exports::{ExportPage, TableRows};
use serde_json::{Value, json};
use testkit::TestService;
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zip::ZipArchive;

use crate::{AuthService, Member, TABLES, config, execute, sign_up, somebody};

/// auth, a member of it, and one who stands for all the others.
struct World {
    auth: AuthService,
    member: Member,
    others: MockServer,
}

impl World {
    async fn start() -> Self {
        let others = MockServer::start().await;
        let uri = others.uri();
        let holders = ["CATALOG_BASE_URL", "ANALYSIS_BASE_URL", "QUEST_BASE_URL", "SNS_BASE_URL"];
        let config = config(holders.map(|holder| (holder, uri.as_str())));
        let auth: AuthService = TestService::start(TABLES, config).await;
        let member = sign_up(&auth, somebody()).await;
        World { auth, member, others }
    }

    /// A service's page, behind another one.
    async fn serve(&self, service: &str, after: Option<&str>, answer: ResponseTemplate) {
        let at = format!("/int/{service}/members/{}/export", self.member.id);
        let asked = Mock::given(method("GET")).and(path(at));
        let asked = match after {
            Some(after) => asked.and(query_param("after", after)),
            None => asked.and(query_param_is_missing("after")),
        };
        asked.respond_with(answer).mount(&self.others).await;
    }

    /// Lets everybody answer with nothing but those who answered already.
    async fn serve_the_rest(&self) {
        for service in ["catalog", "analysis", "quest", "sns"] {
            self.serve(service, None, page(&[], None)).await;
        }
    }

    fn request(&self) -> reqwest::RequestBuilder {
        let me = self.auth.as_session(self.member.id, self.member.session_id);
        me.request(reqwest::Method::GET, "/api/auth/me/export")
    }

    async fn export(&self) -> testkit::Answer {
        testkit::Answer::of(self.request()).await
    }
}

fn page(tables: &[(&str, Vec<Value>)], next: Option<&str>) -> ResponseTemplate {
    let rows = |(table, rows): &(&str, Vec<Value>)| TableRows {
        table: table.to_string(),
        rows: rows.clone(),
    };
    let tables = tables.iter().map(rows).collect();
    ResponseTemplate::new(200).set_body_json(ExportPage { tables, next: next.map(str::to_owned) })
}

/// The files of an archive, by name.
fn files(archive: &[u8]) -> Vec<(String, Value)> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let all = 0..archive.len();
    let read = |index| {
        let mut file = archive.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        (file.name().unwrap().into_owned(), serde_json::from_str(&text).unwrap())
    };
    all.map(read).collect()
}

#[tokio::test]
async fn an_archive_holds_what_every_service_says_and_names_it_in_its_manifest() {
    let world = World::start().await;
    let days = |from: i32, to: i32| (from..to).map(|day| json!({"day": day, "note": "\"나\"\n"}));
    let (first, second) = (days(0, 100).collect::<Vec<_>>(), days(100, 150).collect::<Vec<_>>());
    let (goals, pauses) = (vec![json!({"trait": "openness"})], vec![]);
    world
        .serve("quest", None, page(&[("goals", goals), ("days", first)], Some("bGV0dGVyXy0")))
        .await;
    let rest = page(&[("days", second), ("pauses", pauses)], None);
    world.serve("quest", Some("bGV0dGVyXy0"), rest).await;
    world.serve_the_rest().await;

    let answer = world.export().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/zip");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let name = answer.headers["content-disposition"].to_str().unwrap();
    assert!(name.starts_with("attachment; filename=\"damacorch-20"), "{name}");

    let files = files(&answer.body);
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    let services = ["analysis.json", "auth.json", "catalog.json", "quest.json", "sns.json"];
    let all = [&services[..], &["manifest.json"]].concat();
    assert_eq!(names, all);
    let id = world.member.id;
    assert_eq!(files[0].1, json!({"service": "analysis", "member_id": id, "tables": {}}));
    let quest = &files[3].1["tables"];
    assert_eq!(quest["goals"], json!([{"trait": "openness"}]));
    assert_eq!(quest["days"], days(0, 150).collect::<Value>());
    assert_eq!(quest["pauses"], json!([]));

    let auth = &files[1].1["tables"];
    assert_eq!(auth["users"][0]["email"], "minji@example.com");
    assert_eq!(auth["users"][0]["password_hash"], Value::Null);
    assert!(!auth.to_string().contains("$argon2id$"));
    assert_eq!(auth["sessions"][0]["id"], world.member.session_id.to_string());
    assert_eq!(auth["audit_log"][0]["action"], "member.exported");

    let manifest = &files[5].1;
    assert_eq!(manifest["format"], "damacorch-export");
    assert_eq!((&manifest["version"], &manifest["member_id"]), (&json!(1), &json!(id)));
    assert_eq!(manifest["exported_at"], world.auth.clock.now().to_string());
    assert_eq!(
        manifest["files"],
        json!([
            {"name": "analysis.json", "service": "analysis", "rows": {}},
            {"name": "auth.json", "service": "auth", "rows": {"sessions": 1, "identities": 0, "users": 1, "audit_log": 1}},
            {"name": "catalog.json", "service": "catalog", "rows": {}},
            {"name": "quest.json", "service": "quest", "rows": {"goals": 1, "days": 150, "pauses": 0}},
            {"name": "sns.json", "service": "sns", "rows": {}},
        ])
    );
}

#[tokio::test]
async fn who_is_away_is_named_and_there_is_no_archive_of_the_others() {
    let world = World::start().await;
    world.serve("analysis", None, ResponseTemplate::new(503)).await;
    world.serve_the_rest().await;
    let answer = world.export().await;
    answer.expect_problem(503, "unavailable");
    assert!(answer.json()["detail"].as_str().unwrap().starts_with("analysis "), "{answer:?}");
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_holder_that_nobody_can_ask_is_not_left_out() {
    let world = World::start().await;
    world.serve_the_rest().await;
    world.export().await;
    let pool = pg::Pool::new(&pg::Settings::new(world.auth.database.admin_url())).unwrap();
    let told = "INSERT INTO events.consumers VALUES ('member.erased', 'studio')";
    use diesel_async::SimpleAsyncConnection;
    pool.get().await.unwrap().batch_execute(told).await.unwrap();
    let answer = world.export().await;
    answer.expect_problem(503, "unavailable");
    assert!(answer.json()["detail"].as_str().unwrap().starts_with("studio "), "{answer:?}");
}

#[tokio::test]
async fn an_export_of_which_the_rest_is_missing_breaks_off() {
    let world = World::start().await;
    world.serve("quest", None, page(&[("goals", vec![json!({})])], Some("next"))).await;
    world.serve("quest", Some("next"), ResponseTemplate::new(500)).await;
    world.serve_the_rest().await;
    let answer = world.request().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap_err();
}

#[tokio::test]
async fn an_export_of_somebody_who_is_erased_meanwhile_breaks_off() {
    let world = World::start().await;
    world.serve("quest", None, page(&[("goals", vec![json!({})])], Some("next"))).await;
    let late = page(&[], None).set_delay(Duration::from_secs(1));
    world.serve("quest", Some("next"), late).await;
    world.serve_the_rest().await;
    let answer = world.request().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    execute(&world.auth, "DELETE FROM users").await;
    answer.bytes().await.unwrap_err();
}
