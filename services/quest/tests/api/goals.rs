//! Where a member wishes to go.

use serde_json::{Value, json};

use crate::World;

const NONE: Value = Value::Null;

#[tokio::test]
async fn a_goal_is_set_and_taken_back() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let none = json!({"trait": null, "direction": null, "set_at": null});
    assert_eq!(member.get("/api/quests/goal").await.expect(200), none);
    for (of, direction) in
        [("openness", "more"), ("extraversion", "less"), ("emotional_stability", "more")]
    {
        let body = json!({"trait": of, "direction": direction});
        let set = member.put("/api/quests/goal", body).await.expect(200);
        let expected =
            json!({"trait": of, "direction": direction, "set_at": "2026-03-02T03:00:00Z"});
        assert_eq!(set, expected);
        assert_eq!(member.get("/api/quests/goal").await.expect(200), expected);
    }
    let body = json!({"trait": null, "direction": null});
    assert_eq!(member.put("/api/quests/goal", body).await.expect(200), none);
    assert_eq!(member.get("/api/quests/goal").await.expect(200), none);
}

#[test]
fn the_document_says_that_both_must_be_there() {
    let document = serde_json::to_value(quest::openapi()).unwrap();
    let request = &document["components"]["schemas"]["UpdateGoalRequest"];
    assert_eq!(request["required"], json!(["trait", "direction"]));
    for field in ["trait", "direction"] {
        let types = request["properties"][field].to_string();
        assert!(types.contains("null"), "{types}");
    }
}

#[tokio::test]
async fn tomorrows_quests_follow_the_goal() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let today = member.get("/api/quests").await.expect(200);
    let body = json!({"trait": "openness", "direction": "more"});
    member.put("/api/quests/goal", body).await.expect(200);
    assert_eq!(member.get("/api/quests").await.expect(200), today);
    let mut towards = 0;
    for _ in 0..3 {
        world.pass(24);
        let day = world.again(user_id).get("/api/quests?lang=en").await.expect(200);
        for quest in day["quests"].as_array().unwrap() {
            let is_towards = quest["category"] == "e";
            towards += i32::from(is_towards);
            if is_towards && !quest["reason"].as_str().unwrap().contains("surprise") {
                assert_eq!(quest["reason"], "A step towards your goal of trying new things");
            }
        }
    }
    assert!(towards >= 2, "{towards}");
}

#[tokio::test]
async fn half_a_goal_and_one_that_is_not_offered_are_refused() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    for (of, direction, pointer) in [
        (json!("openness"), NONE, "/direction"),
        (NONE, json!("more"), "/trait"),
        (json!("emotional_stability"), json!("less"), "/direction"),
    ] {
        let body = json!({"trait": of, "direction": direction});
        let answer = member.put("/api/quests/goal", body).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), [pointer]);
    }
    for (body, pointer) in [
        (json!({}), "/trait"),
        (json!({"trait": null}), "/direction"),
        (json!({"direction": "more"}), "/trait"),
        (json!({"trait": "courage", "direction": "more"}), "/trait"),
        (json!({"trait": "openness", "direction": "'; DROP TABLE goals --"}), "/direction"),
        (json!({"trait": "openness", "direction": "more", "user_id": 1}), "/user_id"),
        (json!({"trait": 5, "direction": "more"}), "/trait"),
    ] {
        let answer = member.put("/api/quests/goal", body).await;
        assert_eq!(answer.expect_problem(400, "malformed-body"), [pointer]);
    }
    assert_eq!(member.get("/api/quests/goal").await.expect(200)["trait"], NONE);
}
