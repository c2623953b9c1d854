//! A small service whose one write is made once, on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, resource};
use chassis::{Service, StartError, Startup, WithPool};
use contracts::UserId;
use diesel::sql_types::{Integer, Text};
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::SignedDuration;
use pg::{EmbeddedMigrations, Pool};
use problem::{Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use testkit::TestService;
use uuid::Uuid;

/// Lives in a schema that exists; the name says nothing.
struct Things;

#[derive(Clone)]
struct State(Pool);

impl WithPool for State {
    fn with_pool(&self, pool: Pool) -> Self {
        State(pool)
    }
}

const MIGRATIONS: EmbeddedMigrations = pg::embed_migrations!("tests/migrations");

impl Service for Things {
    const NAME: &'static str = "quest";
    const MIGRATIONS: EmbeddedMigrations = MIGRATIONS;
    type Config = BTreeMap<String, String>;
    type State = State;

    async fn start(_: Self::Config, startup: &Startup) -> Result<State, StartError> {
        Ok(State(startup.pool.clone()))
    }

    fn routes(app: &mut ServiceConfig) {
        app.service(resource("/things/{name}").post(create));
    }
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Order {
    /// How to end: `ok`, `refuse`, `break` or `wait`.
    #[garde(skip)]
    end: String,
}

#[derive(Serialize)]
struct Thing {
    id: Uuid,
}

struct Error(Problem);

impl From<pg::Error> for Error {
    fn from(error: pg::Error) -> Self {
        Error(Problem::internal(&error))
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Error(Problem::internal(&error))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        error.0
    }
}

async fn create(
    caller: Caller,
    once: Once,
    body: Json<Order>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    once.run(&state.0, &body.bytes, async |conn| {
        diesel::sql_query("INSERT INTO things VALUES ($1, $2)")
            .bind::<diesel::sql_types::Uuid, _>(caller.user_id.0)
            .bind::<Text, _>(&body.value.end)
            .execute(conn)
            .await?;
        match body.value.end.as_str() {
            "refuse" => Err(Error(Problem::new(StatusCode::CONFLICT, "refused", "Refused"))),
            "break" => Err(Error(Problem::unavailable(1))),
            "wait" => {
                tokio::time::sleep(std::time::Duration::from_millis(400)).await;
                Ok(Reply::no_content())
            }
            // A new id each time, so that an answer that was made again is told from one that was kept.
            _ => Reply::created(&Thing { id: Uuid::new_v4() })
                .map_err(|error| Error(Problem::internal(&error))),
        }
    })
    .await
}

async fn start() -> TestService<Things> {
    TestService::start(&[("quest", MIGRATIONS)], BTreeMap::new()).await
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = Integer)]
    count: i32,
}

async fn things(service: &TestService<Things>) -> i32 {
    let mut conn = service.database.pool("quest").get().await.unwrap();
    let count = diesel::sql_query("SELECT count(*)::int AS count FROM things");
    count.get_result::<Count>(&mut conn).await.unwrap().count
}

fn somebody() -> UserId {
    UserId(Uuid::now_v7())
}

#[tokio::test]
async fn the_same_key_and_body_is_done_once_and_answered_byte_for_byte() {
    let service = start().await;
    let me = service.as_member(somebody());
    let first = me.post_once("/things/a", "key", json!({"end": "ok"})).await;
    let second = me.post_once("/things/a", "key", json!({"end": "ok"})).await;
    first.expect(201);
    assert_eq!(first.body, second.body);
    assert_eq!(first.headers["content-type"], second.headers["content-type"]);
    assert_eq!(things(&service).await, 1);
}

#[tokio::test]
async fn without_a_key_it_is_done_each_time() {
    let service = start().await;
    let me = service.as_member(somebody());
    for _ in 0..2 {
        me.post("/things/a", json!({"end": "ok"})).await.expect(201);
    }
    assert_eq!(things(&service).await, 2);
}

#[tokio::test]
async fn another_body_or_another_path_with_the_same_key_is_refused() {
    let service = start().await;
    let me = service.as_member(somebody());
    me.post_once("/things/a", "key", json!({"end": "ok"})).await.expect(201);
    for (path, body) in
        [("/things/a", json!({"end": "other"})), ("/things/b", json!({"end": "ok"}))]
    {
        let answer = me.post_once(path, "key", body).await;
        answer.expect_problem(422, "idempotency-key-reused");
    }
    assert_eq!(things(&service).await, 1);
}

#[tokio::test]
async fn a_hundred_at_once_have_one_effect_and_one_answer() {
    let service = start().await;
    let me = service.as_member(somebody());
    let all = (0..100).map(async |_| {
        loop {
            let answer = me.post_once("/things/a", "key", json!({"end": "ok"})).await;
            // Who comes while the first still runs is told to come again.
            if answer.status != 409 {
                return answer;
            }
            answer.expect_problem(409, "idempotency-key-in-use");
            assert_eq!(answer.headers["retry-after"], "1");
        }
    });
    let bodies: BTreeSet<Vec<u8>> =
        join_all(all).await.into_iter().map(|answer| (answer.expect(201), answer.body).1).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(things(&service).await, 1);
}

#[tokio::test]
async fn while_the_first_still_runs_the_second_is_refused() {
    let service = start().await;
    let me = service.as_member(somebody());
    let slow = me.post_once("/things/a", "key", json!({"end": "wait"}));
    let quick = async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        me.post_once("/things/a", "key", json!({"end": "wait"})).await
    };
    let (slow, quick) = tokio::join!(slow, quick);
    slow.expect(204);
    quick.expect_problem(409, "idempotency-key-in-use");
}

#[tokio::test]
async fn another_members_key_never_replays() {
    let service = start().await;
    let answers = join_all((0..2).map(async |_| {
        let member = service.as_member(somebody());
        member.post_once("/things/a", "key", json!({"end": "ok"})).await
    }));
    let [mine, theirs] = answers.await.try_into().unwrap();
    assert_ne!(mine.body, theirs.body);
    assert_eq!(things(&service).await, 2);
}

#[tokio::test]
async fn a_refusal_is_kept_and_a_failure_of_ours_is_not() {
    let service = start().await;
    let me = service.as_member(somebody());
    let refused = me.post_once("/things/a", "refused", json!({"end": "refuse"})).await;
    refused.expect_problem(409, "refused");
    let again = me.post_once("/things/a", "refused", json!({"end": "refuse"})).await;
    assert_eq!(refused.body, again.body);

    let broken = me.post_once("/things/a", "broken", json!({"end": "break"})).await;
    broken.expect_problem(503, "unavailable");
    let again = me.post_once("/things/a", "broken", json!({"end": "break"})).await;
    assert_ne!(broken.json()["request_id"], again.json()["request_id"]);
    assert_eq!(things(&service).await, 0, "what is refused or fails leaves nothing");
}

#[tokio::test]
async fn a_key_is_visible_ascii() {
    let service = start().await;
    let me = service.as_member(somebody());
    for key in ["", "two words", &"x".repeat(256)] {
        let answer = me.post_once("/things/a", key, json!({"end": "ok"})).await;
        answer.expect_problem(400, "malformed-idempotency-key");
    }
}

#[tokio::test]
async fn an_answer_is_kept_for_24_hours_however_many_there_are() {
    let service = start().await;
    let me = service.as_member(somebody());
    let ask = async || {
        let answer = me.post_once("/things/a", "key", json!({"end": "ok"})).await;
        (answer.expect(201), answer.body).1
    };
    let first = ask().await;
    let pool = service.database.pool("quest");
    // Of somebody who is busy, more than are forgotten at a time.
    let mut conn = pool.get().await.unwrap();
    diesel::sql_query(
        "INSERT INTO idempotency_keys SELECT user_id, route, number::text, '', 204, '', created_at
         FROM idempotency_keys, generate_series(1, 2500) AS number",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let sweep_after = async |hours: i64| {
        let then = service.clock.now() + SignedDuration::from_hours(hours);
        let sweep = idempotency::sweep(pool.clone(), move || then);
        // It goes on for ever; all that it has to do now is done soon.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), sweep).await;
    };
    sweep_after(23).await;
    assert_eq!(ask().await, first);
    sweep_after(25).await;
    assert_ne!(ask().await, first);
    let kept = diesel::sql_query("SELECT FROM idempotency_keys");
    assert_eq!(kept.execute(&mut conn).await.unwrap(), 1);
}
