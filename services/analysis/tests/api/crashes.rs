//! `kill -9` inside a submission, which would make a second result if it were done again without its answer.

use contracts::UserId;
use diesel_async::SimpleAsyncConnection;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::Process;

use crate::{World, mini20, somebody, start, submission, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_whose_process_is_killed_gives_one_result() {
    let world = start().await;
    let mut process = process(&world).await;
    for told in [false, true] {
        let me = somebody();
        let mut held = world.administrator().await;
        if told {
            answered(request(&process, me)).await.unwrap();
        } else {
            // The result is written, and its answer waits to be.
            held.batch_execute("BEGIN; LOCK TABLE analysis.idempotency_keys IN SHARE MODE")
                .await
                .unwrap();
            tokio::spawn(answered(request(&process, me)));
            let waiting = "SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            until("it waits", async || (world.rows(waiting).await.len() == 1).then_some(())).await;
        }
        process.kill().await;
        assert_eq!(kept(&world, me).await, i32::from(told));
        drop(held);

        process = self::process(&world).await;
        let first = until("it is answered", async || answered(request(&process, me)).await).await;
        assert_eq!(answered(request(&process, me)).await.unwrap(), first);
        assert_eq!(kept(&world, me).await, 1);
    }
}

/// A process beside the world's own analysis, on the same database.
async fn process(world: &World) -> Process {
    let others = world.others.uri();
    let settings = ["CATALOG_BASE_URL", "AUTH_BASE_URL"].map(|name| (name, others.as_str()));
    let database = &world.analysis.database;
    let binary = env!("CARGO_BIN_EXE_analysis");
    let process = Process::start("analysis", binary, database, &settings).await;
    let ready =
        async || (process.as_member(somebody()).get("/healthz").await.status == 200).then_some(());
    until("it is ready", ready).await;
    process
}

fn request(process: &Process, me: UserId) -> RequestBuilder {
    let request = process.as_member(me).request(Method::POST, "/api/psy-test/submit");
    request.header("idempotency-key", "once").json(&submission(&mini20(), 0))
}

/// The body of the answer, if one came.
async fn answered(request: RequestBuilder) -> Option<Vec<u8>> {
    let answer = request.send().await.ok().filter(|answer| answer.status() == 201)?;
    answer.bytes().await.ok().map(Vec::from)
}

/// How many results a member has; as many were told of.
async fn kept(world: &World, me: UserId) -> i32 {
    let results = format!("SELECT FROM analysis.analysis_results WHERE user_id = '{me}'");
    let results = world.rows(&results).await.len();
    let told: Vec<Value> = world.published("analysis.completed").await;
    let told = told.iter().filter(|payload| payload["user_id"] == json!(me)).count();
    assert_eq!(results, told);
    i32::try_from(results).unwrap()
}
