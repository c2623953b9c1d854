//! `kill -9` at any moment of a keyed write: its effect is there nought or one times, and its answer with it.

use std::time::Instant;

use contracts::UserId;
use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::Process;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{World, eventually, first_quest};

/// How often the process is killed while writes are on their way.
const KILLS: u32 = 7;
/// How many are on their way each time, each of another age.
const WRITES: u32 = 6;

const NOTHING: &str = "0 rewards, 0 events, 0 answers";
const ALL: &str = "1 rewards, 1 events, 1 answers";

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_done_once_whenever_its_process_is_killed() {
    let world = World::start().await;
    let mut process = start(&world).await;
    let began = Instant::now();
    answered(Write::of_somebody(&process).await.request(&process)).await.unwrap();
    // The first is the slowest, so that some of those below are answered before the end.
    let oldest = began.elapsed();

    let mut done = 0;
    for kill in 0..KILLS {
        let writes = join_all((0..WRITES).map(|_| Write::of_somebody(&process))).await;
        let asked = (0..).zip(&writes).map(|(n, write)| {
            let age = oldest * (kill + n * KILLS) / (KILLS * WRITES);
            let request = write.request(&process);
            tokio::spawn(async move {
                sleep(oldest - age).await;
                answered(request).await
            })
        });
        let asked: Vec<_> = asked.collect();
        sleep(oldest).await;
        process.kill().await;

        process = start(&world).await;
        for (write, told) in writes.iter().zip(asked) {
            let kept = write.kept(&world).await;
            assert!(kept == NOTHING || kept == ALL, "{kept}");
            done += u32::from(kept == ALL);
            write.is_done_once(&world, &process, told.await.unwrap()).await;
        }
    }
    println!("{done} of {} were done before their process was killed", KILLS * WRITES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_killed_inside_its_transaction_left_nothing() {
    let world = World::start().await;
    let mut process = start(&world).await;
    let before_the_effect = "SELECT FROM quest.members FOR UPDATE";
    let before_the_answer = "LOCK TABLE quest.idempotency_keys IN SHARE MODE";
    for hold in [before_the_effect, before_the_answer] {
        let write = Write::of_somebody(&process).await;
        let held = world.administrator().await;
        held.batch_execute(&format!("BEGIN; {hold}")).await.unwrap();
        let asked = tokio::spawn(answered(write.request(&process)));
        world.until_waiting(1).await;
        process.kill().await;
        assert_eq!(write.kept(&world).await, NOTHING, "{hold}");
        drop(held);

        process = start(&world).await;
        write.is_done_once(&world, &process, asked.await.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_killed_once_it_is_committed_is_not_done_again() {
    let world = World::start().await;
    let mut process = start(&world).await;
    for _ in 0..3 {
        let write = Write::of_somebody(&process).await;
        let asked = tokio::spawn(answered(write.request(&process)));
        eventually("it is committed", async || write.kept(&world).await != NOTHING).await;
        process.kill().await;
        assert_eq!(write.kept(&world).await, ALL);

        process = start(&world).await;
        write.is_done_once(&world, &process, asked.await.unwrap()).await;
    }
}

/// A process beside the world's own quest, on the same database.
async fn start(world: &World) -> Process {
    let others = world.others.uri();
    let settings = ["CATALOG_BASE_URL", "AUTH_BASE_URL", "ANALYSIS_BASE_URL"];
    let settings = settings.map(|name| (name, others.as_str()));
    let database = &world.quest.database;
    let process = Process::start("quest", env!("CARGO_BIN_EXE_quest"), database, &settings).await;
    let somebody = process.as_member(UserId(Uuid::now_v7()));
    eventually("it is ready", async || somebody.get("/healthz").await.status == 200).await;
    process
}

/// The body of the answer, if one came.
async fn answered(request: RequestBuilder) -> Option<Vec<u8>> {
    let answer = request.send().await.ok().filter(|answer| answer.status() == 200)?;
    answer.bytes().await.ok().map(Vec::from)
}

/// A member completes a quest, with a key.
struct Write {
    user_id: UserId,
    path: String,
}

impl Write {
    async fn of_somebody(process: &Process) -> Self {
        let user_id = UserId(Uuid::now_v7());
        let id = first_quest(&process.as_member(user_id)).await;
        Write { user_id, path: format!("/api/quests/{id}/complete") }
    }

    fn request(&self, process: &Process) -> RequestBuilder {
        let request = process.as_member(self.user_id).request(Method::POST, &self.path);
        request.header("idempotency-key", "once").json(&json!({}))
    }

    /// What is there of it, in one look.
    async fn kept(&self, world: &World) -> String {
        let count =
            |table| format!("(SELECT count(*) FROM {table} WHERE user_id = '{}')", self.user_id);
        let (rewards, answers) = (count("quest.rewards"), count("quest.idempotency_keys"));
        let events = count("events.log");
        world
            .value(&format!(
                "{rewards} || ' rewards, ' || {events} || ' events, ' || {answers} || ' answers'"
            ))
            .await
    }

    /// Repeats it until it is answered: with what was told before, if anything was, and with nothing done twice.
    async fn is_done_once(&self, world: &World, process: &Process, told: Option<Vec<u8>>) {
        let mut told = told;
        eventually("it is answered", async || answered(self.request(process)).await.is_some())
            .await;
        for _ in 0..2 {
            let answer = answered(self.request(process)).await.unwrap();
            assert_eq!(*told.get_or_insert_with(|| answer.clone()), answer);
        }
        assert_eq!(self.kept(world).await, ALL);
        let quest: Value = serde_json::from_slice(&told.unwrap()).unwrap();
        let home = process.as_member(self.user_id).get("/api/home").await.expect(200);
        let sum = format!("SELECT sum(xp) FROM quest.rewards WHERE user_id = '{}'", self.user_id);
        let sum = world.value(&sum).await;
        assert_eq!([&home["progress"]["xp"], &quest["xp"]].map(Value::to_string), [&*sum; 2]);
    }
}
