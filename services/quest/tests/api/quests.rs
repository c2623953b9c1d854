//! What members do with their quests.

use std::collections::BTreeSet;

use contracts::UserId;
use contracts::events::MemberErased;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{World, eventually, first_quest, ids};

async fn ledger(world: &World) -> Vec<String> {
    world.rows("SELECT entry || ': ' || xp FROM quest.rewards ORDER BY entry").await
}

async fn xp(asker: &testkit::Asker<'_>) -> Value {
    asker.get("/api/home").await.expect(200)["progress"]["xp"].clone()
}

#[tokio::test]
async fn a_completed_quest_is_rewarded_and_told() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let id = first_quest(&member).await;
    let done = member.post(&format!("/api/quests/{id}/complete"), json!({})).await.expect(200);
    assert_eq!(done["status"], "completed");
    assert_eq!(done["completed_at"], "2026-03-02T03:00:00Z");
    let home = member.get("/api/home").await.expect(200);
    assert_eq!(home["quests"][0], done);
    assert_eq!(home["progress"]["xp"], done["xp"]);
    assert_eq!((&home["streak"]["current"], &home["streak"]["longest"]), (&json!(1), &json!(1)));
    let told = world
        .value(
            "SELECT payload FROM events.log WHERE type = 'quest.completed' AND producer = 'quest'",
        )
        .await;
    assert_eq!(
        serde_json::from_str::<Value>(&told).unwrap(),
        json!({
            "user_id": user_id, "quest_id": id, "template_code": done["template_code"],
            "date": "2026-03-02", "xp": done["xp"],
        }),
    );
}

#[tokio::test]
async fn asking_again_changes_nothing() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let path = format!("/api/quests/{}/complete", first_quest(&member).await);
    let first = member.post(&path, json!({})).await.expect(200);
    world.quest.clock.advance(jiff::SignedDuration::from_secs(5));
    assert_eq!(member.post(&path, json!({})).await.expect(200), first);
    assert_eq!(ledger(&world).await.len(), 1);
}

#[tokio::test]
async fn a_thousand_parallel_completions_give_one_reward() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let path = format!("/api/quests/{}/complete", first_quest(&member).await);
    let answers = join_all((0..1_000).map(|_| member.post(&path, json!({})))).await;
    let bodies: BTreeSet<_> = answers.iter().map(|answer| answer.expect(200).to_string()).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(ledger(&world).await.len(), 1);
    let sum = world.value("SELECT sum(xp) FROM quest.rewards").await;
    assert_eq!(xp(&member).await.to_string(), sum);
    let told = "SELECT FROM events.log WHERE type = 'quest.completed'";
    assert_eq!(world.count(&format!("{told} AND user_id = '{user_id}'")).await, 1);
}

/// Whoever asks much in parallel holds up nobody else, however slow it is.
#[tokio::test]
async fn a_busy_member_leaves_room_for_others() {
    let world = World::start().await;
    let (user_id, busy) = world.stranger();
    // The next id, so that the two certainly do not share a turn.
    let other = UserId(Uuid::from_u128(user_id.0.as_u128() ^ 1));
    let other = world.again(other);
    let id = first_quest(&busy).await;
    let paths = ["complete", "undo"].map(|action| format!("/api/quests/{id}/{action}"));
    let held = world.hold(user_id).await;
    let toggle = join_all((0..300).map(|n| busy.post(&paths[n % 2], json!({}))));
    let look = async {
        world.until_waiting(1).await;
        for start_hour in 0..10 {
            other.get("/api/home").await.expect(200);
            let body = json!({"start_hour": start_hour});
            other.put("/api/quests/day", body).await.expect(200);
        }
        drop(held);
    };
    let (toggled, ()) = tokio::join!(toggle, look);
    for answer in toggled {
        answer.expect(200);
    }
}

#[tokio::test]
async fn one_key_a_hundred_times_in_parallel_is_one_effect() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let path = format!("/api/quests/{}/complete", first_quest(&member).await);
    let answers = join_all((0..100).map(|_| member.post_once(&path, "once", json!({})))).await;
    let (done, running): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    for answer in running {
        answer.expect_problem(409, "idempotency-key-in-use");
    }
    assert!(!done.is_empty());
    let bytes: BTreeSet<_> = done.iter().map(|answer| &answer.body).collect();
    assert_eq!(bytes.len(), 1);
    assert_eq!(ledger(&world).await.len(), 1);

    // The key stands for its answer, even after the quest was taken back.
    member.post(&path.replace("complete", "undo"), json!({})).await.expect(200);
    let replayed = member.post_once(&path, "once", json!({})).await;
    assert!(bytes.contains(&replayed.body));
    assert_eq!(ledger(&world).await.len(), 2);
    let other = first_quest(&world.stranger().1).await;
    let other = format!("/api/quests/{other}/complete");
    member.post_once(&other, "once", json!({})).await.expect_problem(422, "idempotency-key-reused");
}

/// A token may outlive its member for some minutes: nothing is kept for whoever comes with it.
#[tokio::test]
async fn no_answer_is_kept_for_an_erased_member() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let path = format!("/api/quests/{}/complete", first_quest(&member).await);
    world.tell("auth", &MemberErased { user_id }).await;
    let erased = "SELECT FROM events.log WHERE type = 'member.erasure_done'";
    eventually("they are erased", async || world.count(erased).await == 1).await;
    for (path, body) in
        [(path.as_str(), json!({})), ("/api/quests/pause", json!({"until": "2026-03-09"}))]
    {
        for _ in 0..2 {
            member.post_once(path, "key", body.clone()).await.expect_problem(404, "not-found");
        }
    }
    assert_eq!(world.count("SELECT FROM quest.idempotency_keys").await, 0);
}

#[tokio::test]
async fn what_is_taken_back_leaves_the_ledger_whole() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let id = first_quest(&member).await;
    let act = async |action: &str| {
        member.post(&format!("/api/quests/{id}/{action}"), json!({})).await.expect(200)
    };
    let xp_of_quest = act("complete").await["xp"].as_i64().unwrap();
    let undone = act("undo").await;
    assert_eq!((&undone["status"], &undone["completed_at"]), (&json!("open"), &Value::Null));
    assert_eq!(xp(&member).await, 0);
    let home = member.get("/api/home").await.expect(200);
    assert_eq!((&home["streak"]["current"], &home["streak"]["longest"]), (&json!(0), &json!(0)));
    assert_eq!(act("undo").await, undone);
    act("complete").await;
    assert_eq!(xp(&member).await, xp_of_quest);
    let entries = [1, 2, 3].map(|entry| {
        let sign = if entry == 2 { "-" } else { "" };
        format!("{entry}: {sign}{xp_of_quest}")
    });
    assert_eq!(ledger(&world).await, entries);
    let told = world
        .rows("SELECT type FROM events.log WHERE producer = 'quest' ORDER BY fence, seq")
        .await;
    assert_eq!(told, ["quest.completed", "quest.undone", "quest.completed"]);
}

#[tokio::test]
async fn whatever_is_asked_in_parallel_the_books_agree() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let today = member.get("/api/quests").await.expect(200);
    let paths: Vec<_> = ids(&today["quests"])
        .iter()
        .flat_map(|id| {
            ["complete", "undo", "skip"].map(|action| format!("/api/quests/{id}/{action}"))
        })
        .collect();
    let asked = paths.iter().cycle().take(180);
    for answer in join_all(asked.map(|path| member.post(path, json!({})))).await {
        if answer.status != 200 {
            answer.expect_problem(409, "quest-already-completed");
        }
    }
    let home = member.get("/api/home").await.expect(200);
    let quests = home["quests"].as_array().unwrap();
    let done = quests.iter().filter(|quest| quest["status"] == "completed");
    let worth: i64 = done.clone().map(|quest| quest["xp"].as_i64().unwrap()).sum();
    assert_eq!(home["progress"]["xp"], worth);
    assert_eq!(home["streak"]["current"], i64::from(done.count() > 0));
    let balance = world.value("SELECT coalesce(sum(xp), 0) FROM quest.rewards").await;
    assert_eq!(balance, worth.to_string());
    let told = world
        .value(&format!(
            "SELECT coalesce(sum((payload ->> 'xp')::int * CASE type WHEN 'quest.completed' THEN 1 ELSE -1 END), 0)
             FROM events.log WHERE producer = 'quest' AND user_id = '{user_id}'"
        ))
        .await;
    assert_eq!(told, balance);
}

#[tokio::test]
async fn a_quest_can_be_skipped_and_taken_up_again() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let id = first_quest(&member).await;
    let act =
        async |action: &str| member.post(&format!("/api/quests/{id}/{action}"), json!({})).await;
    assert_eq!(act("skip").await.expect(200)["status"], "skipped");
    assert_eq!(act("skip").await.expect(200)["status"], "skipped");
    assert_eq!(act("undo").await.expect(200)["status"], "open");
    assert_eq!(act("skip").await.expect(200)["status"], "skipped");
    assert_eq!(act("complete").await.expect(200)["status"], "completed");
    act("skip").await.expect_problem(409, "quest-already-completed");
    assert_eq!(ledger(&world).await.len(), 1);
}

#[tokio::test]
async fn a_quest_of_yesterday_is_over() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let today = member.get("/api/quests").await.expect(200);
    let [done, open, _] = ids(&today["quests"]).try_into().unwrap();
    let done = format!("/api/quests/{done}/complete");
    let kept = member.post(&done, json!({})).await.expect(200);
    world.pass(24);
    let member = world.again(user_id);
    for action in ["complete", "skip"] {
        let answer = member.post(&format!("/api/quests/{open}/{action}"), json!({})).await;
        answer.expect_problem(409, "quest-day-over");
        assert!(answer.json()["detail"].as_str().unwrap().contains("2026-03-02"));
    }
    member
        .post(&done.replace("complete", "undo"), json!({}))
        .await
        .expect_problem(409, "quest-day-over");
    let late = member.post(&done, json!({})).await.expect(200);
    assert_eq!(late, kept, "who missed the answer before midnight gets it after");
    assert_eq!(ledger(&world).await.len(), 1);
}

#[tokio::test]
async fn a_body_can_say_nothing() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let id = first_quest(&member).await;
    for field in ["xp", "status", "user_id", "role", "completed_at"] {
        for action in ["complete", "skip", "undo"] {
            let path = format!("/api/quests/{id}/{action}");
            let answer = member.post(&path, json!({field: 1_000})).await;
            assert_eq!(answer.expect_problem(400, "malformed-body"), [format!("/{field}")]);
        }
    }
    let path = format!("/api/quests/{id}/complete");
    let bare = testkit::Answer::of(member.request(reqwest::Method::POST, &path)).await;
    assert_eq!(bare.expect(200)["status"], "completed");
}

#[tokio::test]
async fn a_completion_that_fails_in_its_middle_leaves_nothing() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let path = format!("/api/quests/{}/complete", first_quest(&member).await);
    // The last of its writes fails.
    world
        .rows(
            "CREATE FUNCTION quest.fail() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
             CREATE TRIGGER fail BEFORE UPDATE ON quest.member_days
                 FOR EACH ROW EXECUTE FUNCTION quest.fail()",
        )
        .await;
    for key in ["one", "two"] {
        let answer = member.post_once(&path, key, json!({})).await;
        answer.expect_problem(500, "internal");
        assert!(!String::from_utf8_lossy(&answer.body).contains("broken"));
    }
    for table in ["quest.rewards", "events.log", "quest.idempotency_keys"] {
        assert_eq!(world.count(&format!("SELECT FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(world.count("SELECT FROM quest.user_quests WHERE status <> 'open'").await, 0);
    world.rows("DROP TRIGGER fail ON quest.member_days").await;
    assert_eq!(member.post_once(&path, "one", json!({})).await.expect(200)["status"], "completed");
}
