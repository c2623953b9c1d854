//! analysis through HTTP, on a real PostgreSQL, beside a catalog and an auth that answer fixtures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]

mod crashes;
mod events;
mod internal;
mod references;
mod results;
mod results_again;
mod self_checks;
mod sessions;
mod submissions;

use std::time::Duration;

use analysis::{Analysis, Config};
use chassis::{Clock, Service};
use contracts::UserId;
use contracts::instruments::Instrument;
use diesel::sql_types::{Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use testkit::{Asker, TestService};
use uuid::Uuid;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TABLES: &[(&str, pg::EmbeddedMigrations)] = &[(Analysis::NAME, Analysis::MIGRATIONS)];

macro_rules! fixture {
    ($name:literal) => {
        serde_json::from_str(include_str!(concat!("../fixtures/", $name))).unwrap()
    };
}

/// A running analysis and those it asks.
struct World {
    analysis: TestService<Analysis>,
    others: MockServer,
}

/// A running analysis that is ready.
async fn start() -> World {
    let others = MockServer::start().await;
    for (path, body) in reference_data() {
        answer(&others, path, &body).await;
    }
    let analysis = TestService::start(TABLES, config(&others)).await;
    let world = World { analysis, others };
    until("it is ready", async || world.analysis.readiness().is_ready().then_some(())).await;
    world
}

fn config(others: &MockServer) -> Config {
    Config { catalog_base_url: others.uri(), auth_base_url: others.uri() }
}

/// What the catalog and auth answer.
fn reference_data() -> [(&'static str, Value); 7] {
    [
        ("/int/catalog/instruments/mini-ipip-20", fixture!("mini-ipip-20.json")),
        ("/int/catalog/instruments/ipip-bfm-50", fixture!("ipip-bfm-50.json")),
        ("/int/catalog/characters", fixture!("characters.json")),
        ("/int/catalog/result-texts", fixture!("result-texts.json")),
        ("/int/catalog/self-check", fixture!("self-check.json")),
        (
            "/api/app-settings/public",
            json!({
                "service_name": "damacorch", "logo_url": null,
                "support": {"email": null, "url": null, "lines": [
                    {"name": "상담전화", "phone": "109", "hours": "24시간"},
                ]},
            }),
        ),
        ("/int/auth/members", json!({"items": [], "next": null})),
    ]
}

/// Has the others answer a path; the first answer mounted for a path is the one that is given.
async fn answer(others: &MockServer, at: &str, body: &Value) {
    let response = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method("GET")).and(path(at)).respond_with(response).mount(others).await;
}

/// Waits until something is there, at most forty seconds.
async fn until<T>(what: &str, found: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..2_000 {
        if let Some(found) = found().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain until {what}");
}

fn somebody() -> UserId {
    UserId(Uuid::now_v7())
}

impl World {
    fn as_member(&self, user_id: UserId) -> Asker<'_> {
        self.analysis.as_member(user_id)
    }

    fn clock(&self) -> &Clock {
        &self.analysis.clock
    }

    /// The rows of a query, as the administrator sees them.
    async fn rows(&self, sql: &str) -> Vec<Value> {
        #[derive(diesel::QueryableByName)]
        struct Rows {
            #[diesel(sql_type = Jsonb)]
            rows: Value,
        }
        let sql = format!("SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') AS rows FROM ({sql}) t");
        let rows: Rows =
            diesel::sql_query(sql).get_result(&mut self.administrator().await).await.unwrap();
        rows.rows.as_array().unwrap().clone()
    }

    /// The payloads of one type that analysis has sent, in order.
    async fn published(&self, kind: &str) -> Vec<Value> {
        let sql =
            format!("SELECT payload FROM events.log WHERE type = '{kind}' ORDER BY fence, seq");
        let rows = self.rows(&sql).await;
        rows.into_iter().map(|row| row["payload"].clone()).collect()
    }

    /// Writes an event of another service. By the administrator: not every service is built yet.
    async fn tell<E: contracts::events::Event>(&self, service: &str, event: &E) {
        let payload = serde_json::to_value(event).unwrap();
        diesel::sql_query(
            "INSERT INTO events.log (id, producer, type, user_id, payload) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind::<SqlUuid, _>(Uuid::now_v7())
        .bind::<Text, _>(service)
        .bind::<Text, _>(E::TYPE)
        .bind::<Nullable<SqlUuid>, _>(event.user_id().map(|user_id| user_id.0))
        .bind::<Jsonb, _>(payload)
        .execute(&mut self.administrator().await)
        .await
        .unwrap();
    }

    async fn administrator(&self) -> pg::Conn {
        let settings = pg::Settings::new(self.analysis.database.admin_url());
        pg::Pool::new(&settings).unwrap().get().await.unwrap()
    }
}

fn mini20() -> Instrument {
    fixture!("mini-ipip-20.json")
}

fn full50() -> Instrument {
    fixture!("ipip-bfm-50.json")
}

fn worked_cases() -> Vec<Value> {
    fixture!("worked-cases.json")
}

/// The answers of a worked case to an instrument, as a body has them.
fn answers(instrument: &Instrument, case: &Value) -> Vec<Value> {
    let answer = |id: i16| {
        let place = usize::try_from(id - 1).unwrap();
        json!({"question_id": id, "value": case["answers"][place]})
    };
    instrument.items.iter().map(|item| answer(item.id)).collect()
}

/// A whole test, to submit at once.
fn submission(instrument: &Instrument, case: usize) -> Value {
    let answers = answers(instrument, &worked_cases()[case]);
    json!({"instrument": instrument.key, "answers": answers})
}
