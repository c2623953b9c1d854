//! quest through HTTP, on a real PostgreSQL. The other services are one mock.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

mod access;
mod crashes;
mod days;
mod erasure;
mod exports;
mod goals;
mod history;
mod home;
mod members;
mod migrations;
mod outcomes;
mod pauses;
mod quests;
mod streak;

use std::time::Duration;

use chassis::{Clock, Service};
use contracts::UserId;
use contracts::events::{Event, Member, MemberRegistered};
use jiff::SignedDuration;
use quest::{Config, Quest};
use serde_json::{Value, json};
use testkit::{Asker, Database, TestService};
use uuid::Uuid;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// quest, and the mock that stands for whom it asks.
struct World {
    quest: TestService<Quest>,
    others: MockServer,
}

const TABLES: &[(&str, pg::EmbeddedMigrations)] = &[(Quest::NAME, Quest::MIGRATIONS)];

/// Noon in Seoul on Monday, 2 March 2026.
const NOON: &str = "2026-03-02T03:00:00Z";

impl World {
    /// quest with a catalog that it has reached.
    async fn start() -> Self {
        let world = Self::start_alone().await;
        world.serve_library(1).await;
        world.serve("/int/catalog/characters", characters()).await;
        eventually("the catalog is reached", async || world.quest.readiness().is_ready()).await;
        world
    }

    /// quest with a catalog that answers nothing.
    async fn start_alone() -> Self {
        let others = MockServer::start().await;
        serve(&others, "/int/auth/members", json!({"items": [], "next": null})).await;
        serve(&others, "/int/analysis/holds", json!({"items": [], "next": null})).await;
        Self::start_with(others).await
    }

    /// quest beside others that are there already.
    async fn start_with(others: MockServer) -> Self {
        Self::start_on(Database::create(TABLES).await, others).await
    }

    /// quest on a database that holds something already.
    async fn start_on(database: Database, others: MockServer) -> Self {
        let config = Config {
            catalog_base_url: others.uri(),
            auth_base_url: others.uri(),
            analysis_base_url: others.uri(),
        };
        let clock = Clock::fixed(NOON.parse().unwrap());
        let quest = TestService::start_at(database, clock, config).await;
        World { quest, others }
    }

    async fn serve(&self, at: &str, body: Value) {
        serve(&self.others, at, body).await;
    }

    /// Serves a library of 60 templates of a version.
    async fn serve_library(&self, version: i64) {
        self.serve("/int/catalog/quest-templates", library(version)).await;
    }

    /// Somebody who asks for the first time, of whom nothing was told.
    fn stranger(&self) -> (UserId, Asker<'_>) {
        let user_id = UserId(Uuid::now_v7());
        (user_id, self.quest.as_member(user_id))
    }

    /// The same member, with an assertion of now.
    fn again(&self, user_id: UserId) -> Asker<'_> {
        self.quest.as_member(user_id)
    }

    fn pass(&self, hours: i64) {
        self.quest.clock.advance(SignedDuration::from_hours(hours));
    }

    /// Another service says something. By the administrator, since not every service has a role here yet.
    async fn tell<E: Event>(&self, service: &str, event: &E) {
        let payload = serde_json::to_string(event).unwrap();
        let user_id = event.user_id().map_or("null".into(), |user_id| format!("'{user_id}'"));
        self.rows(&format!(
            "INSERT INTO events.log (id, producer, type, user_id, payload)
             VALUES ('{}', '{service}', '{}', {user_id}, $payload${payload}$payload$)",
            Uuid::now_v7(),
            E::TYPE,
        ))
        .await;
    }

    /// A member of whom auth has told.
    async fn member(&self, name: &str, time_zone: &str) -> UserId {
        let user_id = UserId(Uuid::now_v7());
        self.tell("auth", &MemberRegistered(told(user_id, name, time_zone))).await;
        eventually("auth's word has come", async || {
            let known = format!(
                "SELECT FROM quest.members WHERE user_id = '{user_id}' AND name IS NOT NULL"
            );
            self.count(&known).await == 1
        })
        .await;
        user_id
    }

    /// How many rows a query has.
    async fn count(&self, query: &str) -> i64 {
        self.value(&format!("SELECT count(*) FROM ({query}) AS counted")).await.parse().unwrap()
    }

    /// The one value of a query, as text; asked by the administrator, who sees everything.
    async fn value(&self, query: &str) -> String {
        let rows = self.rows(&format!("SELECT ({query})::text")).await;
        rows.into_iter().next().unwrap()
    }

    /// The first column of each row of a query, as text.
    async fn rows(&self, sql: &str) -> Vec<String> {
        use tokio_postgres::SimpleQueryMessage::Row;
        let messages = self.administrator().await.simple_query(sql).await.unwrap();
        let text = |message| match message {
            Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
            _ => None,
        };
        messages.into_iter().filter_map(text).collect()
    }

    async fn administrator(&self) -> tokio_postgres::Client {
        let url = self.quest.database.admin_url();
        let (client, driver) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(driver);
        client
    }

    /// Holds a member's row until what is returned is dropped: all that writes for the member waits meanwhile.
    async fn hold(&self, user_id: UserId) -> tokio_postgres::Client {
        let client = self.administrator().await;
        let hold =
            format!("BEGIN; SELECT FROM quest.members WHERE user_id = '{user_id}' FOR UPDATE");
        client.batch_execute(&hold).await.unwrap();
        client
    }

    /// Waits until so many transactions wait for a row.
    async fn until_waiting(&self, transactions: i64) {
        let waiting = "SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("they wait", async || self.count(waiting).await == transactions).await;
    }
}

async fn serve(others: &MockServer, at: &str, body: Value) {
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(others).await;
}

/// Waits until something holds; it must within twenty seconds, on a machine that has much else to do.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..2_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within twenty seconds: {what}");
}

fn told(user_id: UserId, name: &str, time_zone: &str) -> Member {
    Member { user_id, name: name.into(), locale: "ko".into(), time_zone: time_zone.into() }
}

/// Five templates of each of twelve categories, `a00` to `l04`; the first five categories practise a trait each.
fn library(version: i64) -> Value {
    const TRAITS: [&str; 5] =
        ["extraversion", "agreeableness", "conscientiousness", "emotional_stability", "openness"];
    let mut items = Vec::new();
    for (n, category) in ('a'..='l').enumerate() {
        for number in 0..5 {
            let code = format!("{category}{number:02}");
            items.push(json!({
                "code": code, "version": version, "category": category.to_string(),
                "trait": TRAITS.get(n).unwrap_or(&"any"), "direction": "more",
                "difficulty": if number < 3 { 1 } else { 2 }, "minutes": 5,
                "helps": if number == 0 { json!(["sleep"]) } else { json!([]) },
                "topics": if number == 1 { json!(["books"]) } else { json!([]) },
                "activity": "either", "social": "any", "pace": "any", "evidence": "FT",
                "title": {"ko": format!("{code} v{version} 하기"), "en": format!("Do {code} v{version}")},
                "cue": {"ko": "집을 나서면", "en": "When you leave home"},
            }));
        }
    }
    json!({"version": version, "items": items})
}

fn characters() -> Value {
    let text = json!({"ko": "글", "en": "text"});
    json!({"version": 1, "items": [{
        "key": "explorer", "vector": [-0.2, 0.4, 1.0, 0.0, -0.4],
        "name": {"ko": "탐험가", "en": "Explorer"}, "tagline": text, "description": text,
        "strengths": {"ko": [], "en": []}, "growth": {"ko": [], "en": []}, "colors": ["#000000", "#ffffff"],
    }]})
}

/// The ids of a list of quests.
fn ids(quests: &Value) -> Vec<String> {
    let quests = quests.as_array().unwrap();
    quests.iter().map(|quest| quest["id"].as_str().unwrap().to_owned()).collect()
}

/// The id of today's first quest.
async fn first_quest(asker: &Asker<'_>) -> String {
    let today = asker.get("/api/quests").await.expect(200);
    ids(&today["quests"]).remove(0)
}

/// Completes today's first quest.
async fn complete_one(asker: &Asker<'_>) {
    let id = first_quest(asker).await;
    asker.post(&format!("/api/quests/{id}/complete"), json!({})).await.expect(200);
}
