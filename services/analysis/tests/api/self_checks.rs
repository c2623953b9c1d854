//! The daily self-check.

use contracts::events::{Member, MemberRegistered};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{somebody, start, until};

const SELF_CHECK: &str = "/api/self-check";
const SUBMIT: &str = "/api/self-check/submit";

fn check(mood: i16) -> Value {
    json!({"mood": mood, "energy": 6, "stress": 7, "sleep": 5, "focus": 4, "relationships": 8})
}

fn check_with(field: &str, value: Value) -> Value {
    let mut body = check(5);
    body[field] = value;
    body
}

#[tokio::test]
async fn a_day_is_checked_and_checked_again() {
    let world = start().await;
    let me = world.as_member(somebody());
    let before = me.get(SELF_CHECK).await.expect(200);
    assert_eq!(before["today"], json!(null));
    assert_eq!(before["trend"]["28d"]["entries"], 0);

    let mut full = check(5);
    full["sleep_hours"] = json!(6.5);
    full["note"] = json!("비가 왔다\n'; DROP TABLE self_check_entries; --");
    full["preferences"] = json!({"social": "few"});
    let first = me.post(SUBMIT, full.clone()).await.expect(201);
    assert_eq!(first["note"], full["note"]);
    assert_eq!(first["preferences"], json!({"activity": null, "social": "few", "pace": null}));
    assert_eq!(first["support"], json!(null));

    let second = me.post(SUBMIT, check(8)).await.expect(200);
    assert_eq!((&second["mood"], &second["note"]), (&json!(8), &json!(null)));
    let after = me.get(SELF_CHECK).await.expect(200);
    assert_eq!(after["today"]["mood"], 8);
    assert_eq!(after["date"], after["today"]["date"]);
    let week = &after["trend"]["7d"];
    assert_eq!(week["entries"], 1);
    assert_eq!(week["mood"], json!({"median": 8.0, "z": null}));
    assert_eq!(week["stress"]["median"], 3.0, "turned: higher is better");
}

#[tokio::test]
async fn what_is_asked_is_told_in_the_members_language() {
    let world = start().await;
    let me = world.as_member(somebody());
    let asked = me.get(&format!("{SELF_CHECK}?lang=en")).await.expect(200);
    let keys: Vec<_> = asked["items"].as_array().unwrap().iter().map(|item| &item["key"]).collect();
    assert_eq!(keys, ["mood", "energy", "stress", "sleep", "focus", "relationships"]);
    let mood = json!({"key": "mood", "label": "Mood", "low_label": "Low", "high_label": "High"});
    assert_eq!(asked["items"][0], mood);
    assert_eq!(asked["preferences"][2]["options"][2], json!({"key": "lively", "label": "Lively"}));
    assert_eq!(me.get(SELF_CHECK).await.expect(200)["items"][0]["label"], "기분");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = start().await;
    let me = world.as_member(somebody());
    let wrong = json!({
        "mood": 11, "energy": -1, "stress": 0, "sleep": 10, "focus": 100, "relationships": 5,
        "sleep_hours": 25, "note": "x".repeat(501),
    });
    let named = me.post(SUBMIT, wrong).await.expect_problem(422, "invalid-input");
    assert_eq!(named, ["/energy", "/focus", "/mood", "/note", "/sleep_hours"]);
    let named = me.post(SUBMIT, check_with("note", json!("a\u{7}b"))).await;
    assert_eq!(named.expect_problem(422, "invalid-input"), ["/note"]);
    for (body, pointer) in [
        (check_with("mood", json!("5")), "/mood"),
        (check_with("mood", json!(5.5)), "/mood"),
        (check_with("xp", json!(1)), "/xp"),
        (check_with("preferences", json!({"pace": "' OR 1=1"})), "/preferences/pace"),
        (check_with("preferences", json!({"colour": "red"})), "/preferences/colour"),
    ] {
        let named = me.post(SUBMIT, body).await.expect_problem(400, "malformed-body");
        assert_eq!(named, [pointer]);
    }
    let missing = me.post(SUBMIT, json!({"mood": 5})).await;
    missing.expect_problem(400, "malformed-body");
    assert_eq!(me.get(SELF_CHECK).await.expect(200)["today"], json!(null));
    me.post(SUBMIT, check_with("note", json!("긴".repeat(500)))).await.expect(201);
}

#[tokio::test]
async fn a_date_is_the_members_own() {
    let world = start().await;
    let noon: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    world.clock().set(noon);
    let user_id = somebody();
    let seoul = world.as_member(user_id).get(SELF_CHECK).await.expect(200);
    assert_eq!(seoul["date"], "2026-11-20");
    let member = Member {
        user_id,
        name: "Minji".to_owned(),
        locale: "ko".to_owned(),
        time_zone: "Pacific/Kiritimati".to_owned(),
    };
    world.tell("auth", &MemberRegistered(member)).await;
    until("the zone is known", async || {
        let there = world.as_member(user_id).get(SELF_CHECK).await.expect(200);
        (there["date"] == "2026-11-21").then_some(())
    })
    .await;
    world.as_member(user_id).post(SUBMIT, check(5)).await.expect(201);
    let told = &world.published("self_check.submitted").await[0];
    assert_eq!(told["date"], "2026-11-21");
}

#[tokio::test]
async fn trends_look_back_and_low_moods_bring_support() {
    let world = start().await;
    let user_id = somebody();
    for mood in [9, 9, 9, 2, 1, 2, 0] {
        let answer = world.as_member(user_id).post(SUBMIT, check(mood)).await;
        assert_eq!(answer.expect(201)["support"], json!(null));
        world.clock().advance(SignedDuration::from_hours(24));
    }
    let last = world.as_member(user_id).post(SUBMIT, check(2)).await.expect(201);
    let support = json!({
        "text": "혼자 견디지 않아도 괜찮아요.",
        "lines": [{"name": "상담전화", "phone": "109", "hours": "24시간"}],
    });
    assert_eq!(last["support"], support);

    let me = world.as_member(user_id);
    let page = me.get(SELF_CHECK).await.expect(200);
    assert_eq!(page["support"], support);
    let (week, month) = (&page["trend"]["7d"], &page["trend"]["28d"]);
    assert_eq!((&week["entries"], &week["mood"]["median"]), (&json!(7), &json!(2.0)));
    assert_eq!((&month["entries"], &month["mood"]["median"]), (&json!(8), &json!(2.0)));
    assert!(week["mood"]["z"].as_f64().unwrap() < 0.0);
    assert_eq!(week["energy"]["z"], 0.0);

    let told = world.published("self_check.submitted").await;
    let low: Vec<_> = told.iter().map(|event| event["low_mood"] == true).collect();
    assert_eq!(low, [false, false, false, false, false, false, false, true]);
}

#[tokio::test]
async fn others_are_told_ratings_and_never_the_note() {
    let world = start().await;
    let user_id = somebody();
    let mut body = check_with("note", json!("a secret"));
    body["preferences"] = json!({"activity": "indoors", "pace": "slow"});
    world.as_member(user_id).post(SUBMIT, body).await.expect(201);
    let told = &world.published("self_check.submitted").await[0];
    assert_eq!(told["user_id"], user_id.to_string());
    assert_eq!((&told["mood"], &told["stress"]), (&json!(5), &json!(7)));
    assert_eq!((&told["activity"], &told["social"]), (&json!("indoors"), &json!(null)));
    assert!(!told.to_string().contains("secret"));
}

#[tokio::test]
async fn the_same_key_checks_once() {
    let world = start().await;
    let me = world.as_member(somebody());
    let first = me.post_once(SUBMIT, "today", check(5)).await;
    let again = me.post_once(SUBMIT, "today", check(5)).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(first.status, 201);
    me.post_once(SUBMIT, "today", check(6)).await.expect_problem(422, "idempotency-key-reused");
    assert_eq!(world.published("self_check.submitted").await.len(), 1);
}

#[tokio::test]
async fn members_see_their_own_days_only() {
    let world = start().await;
    world.as_member(somebody()).post(SUBMIT, check(5)).await.expect(201);
    let other = world.as_member(somebody()).get(SELF_CHECK).await.expect(200);
    assert_eq!(other["today"], json!(null));
    assert_eq!(other["trend"]["28d"]["entries"], 0);
}
