//! A member's times off.

use serde_json::json;

use crate::{World, complete_one, ids};

#[tokio::test]
async fn a_pause_keeps_the_streak_and_gives_nothing() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    complete_one(&member).await;
    let body = json!({"from": "2026-03-03", "until": "2026-03-05"});
    let pause = member.post("/api/quests/pause", body.clone()).await.expect(201);
    assert_eq!(pause, body);
    for day in ["2026-03-03", "2026-03-04", "2026-03-05"] {
        world.pass(24);
        let member = world.again(user_id);
        let home = member.get("/api/home").await.expect(200);
        assert_eq!((&home["date"], &home["quests"]), (&json!(day), &json!([])));
        assert_eq!(home["next_step"]["kind"], "paused");
        assert_eq!(
            home["next_step"]["text"],
            "3월 5일까지 쉬는 중이에요. 연속 기록은 그대로 있을게요"
        );
        assert_eq!(home["degraded"], json!([]));
        assert_eq!(member.get("/api/home").await.expect(200), home);
        assert_eq!(member.get("/api/quests").await.expect(200)["quests"], json!([]));
    }
    world.pass(24);
    let member = world.again(user_id);
    complete_one(&member).await;
    let streak = member.get("/api/quests/streak").await.expect(200);
    assert_eq!(streak["current"], 2);
    let kinds: Vec<_> = streak["days"].as_array().unwrap().iter().map(|day| &day["kind"]).collect();
    assert_eq!(kinds, ["completed", "paused", "paused", "paused", "completed"]);
}

#[tokio::test]
async fn a_pause_that_is_ended_makes_today_count() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    complete_one(&member).await;
    member
        .post("/api/quests/pause", json!({"from": "2026-03-03", "until": "2026-03-20"}))
        .await
        .expect(201);
    world.pass(48);
    let member = world.again(user_id);
    assert_eq!(member.get("/api/quests").await.expect(200)["quests"], json!([]));
    member.delete("/api/quests/pause").await.expect(204);
    assert_eq!(ids(&member.get("/api/quests").await.expect(200)["quests"]).len(), 3);
    let home = member.get("/api/home").await.expect(200);
    assert_eq!(
        (&home["streak"]["current"], &home["next_step"]["kind"]),
        (&json!(1), &json!("take_test"))
    );
    world.pass(48);
    let home = world.again(user_id).get("/api/home").await.expect(200);
    assert_eq!(home["streak"]["current"], 0, "the days after it were missed");
}

#[tokio::test]
async fn a_declared_pause_can_be_taken_back() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    member.delete("/api/quests/pause").await.expect_problem(404, "not-found");
    let body = json!({"from": "2026-03-10", "until": "2026-03-12"});
    member.post("/api/quests/pause", body.clone()).await.expect(201);
    member.post("/api/quests/pause", body.clone()).await.expect_problem(409, "already-paused");
    member.delete("/api/quests/pause").await.expect(204);
    member.delete("/api/quests/pause").await.expect(404);
    member.post("/api/quests/pause", body).await.expect(201);
}

#[tokio::test]
async fn a_pause_that_begins_today_leaves_todays_quests() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let today = member.get("/api/quests").await.expect(200);
    let pause = member.post("/api/quests/pause", json!({"until": "2026-03-02"})).await.expect(201);
    assert_eq!(pause, json!({"from": "2026-03-02", "until": "2026-03-02"}));
    assert_eq!(member.get("/api/quests").await.expect(200), today);
    complete_one(&member).await;
    assert_eq!(member.get("/api/home").await.expect(200)["streak"]["current"], 1);
}

#[tokio::test]
async fn a_wrong_pause_is_refused_and_named() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    for (from, until, pointer) in [
        ("2026-03-01", "2026-03-05", "/from"),
        ("2026-03-05", "2026-03-04", "/until"),
        ("2026-03-02", "2026-05-01", "/until"),
        ("2026-12-01", "2026-12-02", "/from"),
    ] {
        let answer = member.post("/api/quests/pause", json!({"from": from, "until": until})).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), [pointer], "{from} {until}");
    }
    for (body, pointer) in [
        (json!({}), "/until"),
        (json!({"until": "2026-02-30"}), "/until"),
        (json!({"from": "'; DROP TABLE pauses --", "until": "2026-03-05"}), "/from"),
        (json!({"until": "2026-03-05", "user_id": "x"}), "/user_id"),
    ] {
        let answer = member.post("/api/quests/pause", body).await;
        assert_eq!(answer.expect_problem(400, "malformed-body"), [pointer]);
    }
}

#[tokio::test]
async fn on_a_pause_nothing_is_missing_without_the_catalog() {
    let world = World::start_alone().await;
    let (_, member) = world.stranger();
    member.post("/api/quests/pause", json!({"until": "2026-03-02"})).await.expect(201);
    let today = member.get("/api/quests").await.expect(200);
    assert_eq!(today, json!({"date": "2026-03-02", "quests": []}));
    let home = member.get("/api/home").await.expect(200);
    assert_eq!((&home["quests"], &home["degraded"]), (&json!([]), &json!([])));
}
