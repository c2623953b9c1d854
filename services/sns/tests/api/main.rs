//! sns through HTTP, on a real PostgreSQL. What it reads are sites of the test, on loopback.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

mod access;
mod accounts;
mod channels;
mod crashes;
mod deletions;
mod erasure;
mod feeds;
mod imports;
mod leaving;
mod migrations;
mod oauth;
mod processes;
mod replicas;
mod servers;
mod site;

use std::collections::HashMap;
use std::time::Duration;

use chassis::{Clock, Service};
use contracts::UserId;
use contracts::events::Event;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sns::{Config, Sns};
use testkit::{Answer, Asker, Database, TestService};
use uuid::Uuid;

const TABLES: &[(&str, pg::EmbeddedMigrations)] = &[(Sns::NAME, Sns::MIGRATIONS)];
/// A key of 32 bytes.
const KEYS: &str = "first:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// sns, and somebody who sees its rows.
struct World {
    sns: TestService<Sns>,
}

/// The settings of a test, which may set more.
fn config(settings: &[(&str, &str)]) -> Config {
    let vars = [("TOKEN_KEYS", KEYS)].into_iter().chain(settings.iter().copied());
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    chassis::settings::load_from(vars.collect::<HashMap<_, _>>()).unwrap()
}

impl World {
    async fn start(settings: &[(&str, &str)]) -> Self {
        World { sns: TestService::start(TABLES, config(settings)).await }
    }

    /// Where the site of a test is, sns may fetch from it.
    async fn beside(site: &site::Site) -> Self {
        Self::start(&[("EGRESS_BESIDES", &*site.address())]).await
    }

    /// Another replica on the same database, at the same time.
    async fn replica(&self, settings: &[(&str, &str)]) -> chassis::Running {
        let own = chassis::Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            workers: 1,
            shutdown_delay: 0,
            ..chassis::Settings::default()
        };
        let pool = pg::Settings::new(self.sns.database.app_url(Sns::NAME));
        let (trust, clock) = (testkit::trust(), self.sns.clock.clone());
        chassis::serve::<Sns>(own, pool, &trust, clock, config(settings)).await.unwrap()
    }

    fn member(&self, user_id: UserId) -> Asker<'_> {
        self.sns.as_member(user_id)
    }

    fn pass(&self, seconds: i64) {
        self.sns.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// An account of the member, by an address.
    async fn connect(&self, user_id: UserId, channel: &str, address: &str) -> Value {
        let body = json!({"channel": channel, "address": address});
        self.member(user_id).post("/api/me/sns-accounts", body).await.expect(201)
    }

    /// The member's account, as it is now.
    async fn account(&self, user_id: UserId, id: &Value) -> Option<Value> {
        let list = self.member(user_id).get("/api/me/sns-accounts").await.expect(200);
        list["items"].as_array().unwrap().iter().find(|account| account["id"] == *id).cloned()
    }

    /// Asks for an import.
    async fn ask(&self, user_id: UserId, account: &Value) -> Answer {
        let body = json!({"account_id": account["id"]});
        self.member(user_id).post("/api/sns/import", body).await
    }

    /// Asks for an import, as soon as that may be, and waits until it rests: it is over, or paused.
    async fn import(&self, user_id: UserId, account: &Value) -> Value {
        let mut asked = self.ask(user_id, account).await;
        if asked.status == 429 {
            self.pass(asked.headers["retry-after"].to_str().unwrap().parse().unwrap());
            asked = self.ask(user_id, account).await;
        }
        self.rest(user_id, &asked.expect(202)["id"]).await
    }

    /// Waits until an import rests.
    async fn rest(&self, user_id: UserId, id: &Value) -> Value {
        let path = format!("/api/sns/imports/{}", id.as_str().unwrap());
        let mut import = Value::Null;
        eventually("the import rests", async || {
            import = self.member(user_id).get(&path).await.expect(200);
            ["succeeded", "failed", "paused"].contains(&import["status"].as_str().unwrap())
        })
        .await;
        import
    }

    /// What others were told of the member, oldest first.
    async fn told(&self, user_id: UserId) -> Vec<Value> {
        let told = format!(
            "SELECT payload FROM events.log WHERE type = 'sns.topics_changed' AND user_id = '{user_id}'
             ORDER BY fence, seq"
        );
        self.rows(&told).await.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    /// Auth says something. By the administrator: auth's role may not be here.
    async fn tell<E: Event>(&self, service: &str, event: &E) {
        let payload = serde_json::to_string(event).unwrap();
        let user_id = event.user_id().unwrap();
        self.rows(&format!(
            "INSERT INTO events.log (id, producer, type, user_id, payload)
             VALUES ('{}', '{service}', '{}', '{user_id}', $payload${payload}$payload$)",
            Uuid::now_v7(),
            E::TYPE,
        ))
        .await;
    }

    /// How many rows a query has.
    async fn count(&self, query: &str) -> i64 {
        let counted = format!("SELECT count(*) FROM ({query}) AS counted");
        self.rows(&counted).await[0].parse().unwrap()
    }

    /// The first column of each row of a query, as text; asked by the administrator.
    async fn rows(&self, sql: &str) -> Vec<String> {
        rows(&self.sns.database, sql).await
    }
}

async fn rows(database: &Database, sql: &str) -> Vec<String> {
    use tokio_postgres::SimpleQueryMessage::Row;
    let url = database.admin_url();
    let (client, driver) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    let text = |message| match message {
        Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
        _ => None,
    };
    client.simple_query(sql).await.unwrap().into_iter().filter_map(text).collect()
}

/// The topics of an event, heaviest first, and where each was seen.
fn seen(told: &Value) -> Vec<(String, Vec<String>)> {
    let own = |value: &Value| value.as_str().unwrap().to_owned();
    let topics = told["topics"].as_array().unwrap().iter();
    let sources = |topic: &Value| topic["sources"].as_array().unwrap().iter().map(own).collect();
    topics.map(|topic| (own(&topic["topic"]), sources(topic))).collect()
}

fn somebody() -> UserId {
    UserId(Uuid::now_v7())
}

/// Waits until something holds; it must within a minute, on a machine that has much else to do.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within a minute: {what}");
}

/// The time of the system: processes of their own believe no other.
fn now() -> Clock {
    Clock::system()
}
