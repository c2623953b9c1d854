//! The streak over days, and its summary against the facts.

use std::process::Command;

use contracts::UserId;
use serde_json::{Value, json};

use crate::{World, complete_one};

/// Lives a line of days: `x` completes one, `.` only looks, `-` does not come. Ends on the morning after.
async fn live(world: &World, user_id: UserId, line: &str) {
    for day in line.chars() {
        let member = world.again(user_id);
        match day {
            'x' => complete_one(&member).await,
            '.' => drop(member.get("/api/home").await.expect(200)),
            _ => {}
        }
        world.pass(24);
    }
}

async fn home_streak(world: &World, user_id: UserId) -> Value {
    world.again(user_id).get("/api/home").await.expect(200)["streak"].clone()
}

async fn streak(world: &World, user_id: UserId, lang: &str) -> Value {
    let path = format!("/api/quests/streak?lang={lang}");
    world.again(user_id).get(&path).await.expect(200)
}

#[tokio::test]
async fn who_was_never_here_has_no_streak() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let streak = member.get("/api/quests/streak?lang=en").await.expect(200);
    assert_eq!(
        streak,
        json!({
            "current": 0, "longest": 0, "freezes": 0, "notice": null, "days": [],
            "why": "Complete one quest today and your streak begins.",
        }),
    );
}

#[tokio::test]
async fn a_streak_grows_and_is_explained() {
    let world = World::start().await;
    let (user_id, _) = world.stranger();
    live(&world, user_id, ".xx").await;
    let korean = streak(&world, user_id, "ko").await;
    assert_eq!((&korean["current"], &korean["longest"]), (&json!(2), &json!(2)));
    assert_eq!(
        korean["why"],
        "2일째 이어 가고 있어요. 오늘 하나를 해내면 3일째가 돼요. 5일 더 해내면 프리즈를 하나 받아요.",
    );
    let kinds: Vec<_> = korean["days"].as_array().unwrap().iter().map(|day| &day["kind"]).collect();
    assert_eq!(kinds, ["missed", "completed", "completed", "open"]);
    assert_eq!(korean["days"][1]["text"], "퀘스트를 해냈어요");
    assert_eq!(home_streak(&world, user_id).await["current"], 2);
}

#[tokio::test]
async fn a_freeze_is_earned_used_and_told() {
    let world = World::start().await;
    let (user_id, _) = world.stranger();
    live(&world, user_id, "xxxxxxx").await;
    assert_eq!(home_streak(&world, user_id).await["freezes"], 1);
    live(&world, user_id, "-").await;
    assert_eq!(
        home_streak(&world, user_id).await,
        json!({
            "current": 7, "longest": 7, "freezes": 0,
            "notice": "쉬어 간 날을 프리즈가 지켜 줘서, 연속 기록이 그대로예요",
        }),
    );
    let explained = streak(&world, user_id, "en").await;
    assert_eq!(explained["days"][6]["text"], "You completed a quest. This day earned you a freeze");
    assert_eq!(explained["days"][7]["kind"], "frozen");
    assert!(explained["why"].as_str().unwrap().contains("Days covered by a freeze: 1."));
    live(&world, user_id, "--").await;
    let back = home_streak(&world, user_id).await;
    assert_eq!((&back["current"], &back["longest"]), (&json!(0), &json!(7)));
    assert_eq!(back["notice"], "다시 만나서 반가워요. 오늘은 작은 것 하나면 충분해요");
    live(&world, user_id, "x").await;
    assert_eq!(home_streak(&world, user_id).await["notice"], Value::Null);
}

#[tokio::test]
async fn a_completion_that_waited_over_midnight_counts() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let id = crate::first_quest(&member).await;
    let midnight = "2026-03-02T15:00:00Z".parse().unwrap();
    world.quest.clock.set(midnight);
    let tomorrow = world.again(user_id).get("/api/home").await.expect(200);
    assert_eq!(
        (&tomorrow["date"], &tomorrow["streak"]["current"]),
        (&json!("2026-03-03"), &json!(0))
    );

    // Another replica, whose clock is a second behind.
    world.quest.clock.set(midnight - jiff::SignedDuration::from_secs(1));
    let late = world.again(user_id);
    late.post(&format!("/api/quests/{id}/complete"), json!({})).await.expect(200);
    let home = late.get("/api/home").await.expect(200);
    assert_eq!((&home["date"], &home["streak"]["current"]), (&json!("2026-03-03"), &json!(1)));
    assert_eq!((&home["quests"], &home["degraded"]), (&tomorrow["quests"], &json!([])));
}

/// Runs the binary as an operator does.
fn declare_outage(world: &World, from: &str, until: &str) -> String {
    let command = Command::new(env!("CARGO_BIN_EXE_quest"))
        .args(["outage", from, until])
        .env_clear()
        .env("DATABASE_URL", world.quest.database.app_url("quest"))
        .output()
        .unwrap();
    assert!(command.status.success(), "{}", String::from_utf8_lossy(&command.stderr));
    String::from_utf8(command.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_ours_breaks_no_streak() {
    let world = World::start().await;
    let (user_id, _) = world.stranger();
    live(&world, user_id, "xx--x").await;
    assert_eq!(home_streak(&world, user_id).await["current"], 1);
    let said = declare_outage(&world, "2026-03-04", "2026-03-05");
    assert!(said.starts_with("1 members"), "{said}");
    let after = home_streak(&world, user_id).await;
    assert_eq!((&after["current"], &after["longest"]), (&json!(3), &json!(3)));
    assert_eq!(streak(&world, user_id, "ko").await["current"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_is_what_the_facts_say() {
    let world = World::start().await;
    let (user_id, _) = world.stranger();
    live(&world, user_id, ".xx.xxxx").await;
    let pause = json!({"until": "2026-03-12"});
    world.again(user_id).post("/api/quests/pause", pause).await.expect(201);
    live(&world, user_id, "..-x-.--xxxxxxxx--x.").await;
    let member = world.again(user_id);
    complete_one(&member).await;
    let id = crate::first_quest(&member).await;
    member.post(&format!("/api/quests/{id}/undo"), json!({})).await.expect(200);

    let days = "SELECT d::text FROM quest.member_days AS d ORDER BY date";
    let kept = world.rows(days).await;
    assert!(kept.len() > 15, "{}", kept.len());
    let [sum, balance] =
        ["SELECT sum(xp) FROM quest.rewards", "SELECT max(xp) FROM quest.member_days"];
    assert_eq!(
        world.value(sum).await,
        world.value(balance).await,
        "the ledger's sum is the balance"
    );

    // All but one row are lost, and that one is wrong.
    world
        .rows(
            "DELETE FROM quest.member_days WHERE date IN (SELECT date FROM quest.user_quests) AND date > '2026-03-02';
             UPDATE quest.member_days SET done = 7, xp = -1, current = 99, longest = 99, freezes = 99",
        )
        .await;
    assert_ne!(world.rows(days).await, kept);
    // An outage of long ago changes nothing but has all days written anew.
    declare_outage(&world, "2000-01-01", "2000-01-01");
    assert_eq!(world.rows(days).await, kept);
}
