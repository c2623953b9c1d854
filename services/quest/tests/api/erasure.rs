//! The end of a member.

use contracts::events::{AnalysisCompleted, MemberErased, Tendencies, TopicsChanged};
use contracts::{PerTrait, UserId};
use serde_json::json;
use uuid::Uuid;

use crate::{World, complete_one, eventually, first_quest};

/// Every table of the schema that holds something of a member, whatever its name.
async fn tables_of_members(world: &World) -> Vec<String> {
    let tables = "SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'quest' AND column_name = 'user_id' AND table_name <> 'erasures' ORDER BY 1";
    world.rows(tables).await
}

pub(crate) async fn rows_of(world: &World, user_id: UserId) -> Vec<(String, i64)> {
    let mut rows = Vec::new();
    for table in tables_of_members(world).await {
        let of = format!("SELECT FROM quest.{table} WHERE user_id = '{user_id}'");
        rows.push((table, world.count(&of).await));
    }
    rows
}

/// A member with something in every table.
pub(crate) async fn somebody(world: &World) -> UserId {
    let user_id = world.member("민지", "Asia/Seoul").await;
    let member = world.again(user_id);
    complete_one(&member).await;
    let path = format!("/api/quests/{}/complete", first_quest(&member).await);
    member.post_once(&path, "key", json!({})).await.expect(200);
    member
        .put("/api/quests/goal", json!({"trait": "openness", "direction": "more"}))
        .await
        .expect(200);
    member
        .post("/api/quests/pause", json!({"from": "2026-03-09", "until": "2026-03-10"}))
        .await
        .expect(201);
    user_id
}

/// Waits until quest has said that a member is erased.
async fn until_erased(world: &World, user_id: UserId) {
    let receipt = format!(
        "SELECT FROM events.log WHERE type = 'member.erasure_done' AND producer = 'quest'
             AND payload->>'user_id' = '{user_id}' AND payload->>'service' = 'quest'"
    );
    eventually("the receipt is there", async || world.count(&receipt).await == 1).await;
}

#[tokio::test]
async fn an_erased_member_leaves_nothing_and_does_not_come_back() {
    let world = World::start().await;
    let (gone, stays) = (somebody(&world).await, somebody(&world).await);
    let before = rows_of(&world, gone).await;
    assert!(before.iter().all(|(_, rows)| *rows > 0), "{before:?}");
    let kept = rows_of(&world, stays).await;

    world.tell("auth", &MemberErased { user_id: gone }).await;
    until_erased(&world, gone).await;
    let after = rows_of(&world, gone).await;
    assert!(after.iter().all(|(_, rows)| *rows == 0), "{after:?}");
    assert_eq!(rows_of(&world, stays).await, kept);

    // Neither by a token that has not run out yet, nor by a word that comes late.
    let member = world.again(gone);
    member.get("/api/home").await.expect_problem(404, "not-found");
    member.get("/api/quests").await.expect_problem(404, "not-found");
    member.put("/api/quests/day", json!({"start_hour": 4})).await.expect_problem(404, "not-found");
    let holds = Tendencies {
        analysis_id: Uuid::now_v7(),
        character_key: "explorer".into(),
        scores: PerTrait::from_fn(|_| 50.0),
        z: PerTrait::from_fn(|_| 0.0),
    };
    world.tell("analysis", &AnalysisCompleted { user_id: gone, holds }).await;
    world.tell("sns", &TopicsChanged { user_id: gone, topics: Vec::new() }).await;
    world.tell("sns", &TopicsChanged { user_id: stays, topics: Vec::new() }).await;
    eventually("all is applied", async || {
        world.count("SELECT FROM events.inbox WHERE consumer = 'quest'").await >= 6
    })
    .await;
    assert_eq!(world.count("SELECT FROM events.parked").await, 0);
    let after = rows_of(&world, gone).await;
    assert!(after.iter().all(|(_, rows)| *rows == 0), "{after:?}");
}

#[tokio::test]
async fn who_is_erased_during_their_very_first_look_does_not_come_back() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    // Stops the look after it has seen that nobody was erased, and before there is a row that could be held.
    let gate = world.administrator().await;
    let close = "CREATE FUNCTION quest.gate() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$;
         CREATE TRIGGER gate BEFORE INSERT ON quest.members
             FOR EACH ROW EXECUTE FUNCTION quest.gate();
         SELECT pg_advisory_lock(1)";
    gate.batch_execute(close).await.unwrap();
    let erase = async {
        world.until_waiting(1).await;
        world.tell("auth", &MemberErased { user_id }).await;
        world.until_waiting(2).await;
        drop(gate);
        until_erased(&world, user_id).await;
    };
    let (_, look) = tokio::join!(erase, member.get("/api/home"));
    look.expect(200);
    let after = rows_of(&world, user_id).await;
    assert!(after.iter().all(|(_, rows)| *rows == 0), "{after:?}");
}
