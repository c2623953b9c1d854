//! Reading, listing and deleting results.

use std::collections::BTreeSet;

use contracts::Lang;
use contracts::events::{Member, MemberUpdated, Topic, TopicsChanged};
use diesel_async::SimpleAsyncConnection;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{full50, mini20, somebody, start, submission, until};

const SUBMIT: &str = "/api/psy-test/submit";
const RESULTS: &str = "/api/analysis-results";

#[tokio::test]
async fn a_result_says_all_that_was_promised() {
    let world = start().await;
    let me = world.as_member(somebody());
    let result = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    insta::assert_json_snapshot!(result, {".id" => "[id]", ".created_at" => "[created_at]"});

    let id = result["id"].as_str().unwrap();
    assert_eq!(me.get(&format!("{RESULTS}/{id}")).await.expect(200), result);
    assert_eq!(me.get(&format!("{RESULTS}/latest")).await.expect(200), result);
    let sum: f64 = result["contributions"]
        .as_object()
        .unwrap()
        .values()
        .map(|part| part.as_f64().unwrap())
        .sum();
    assert!((sum - result["similarity"].as_f64().unwrap()).abs() < 1e-12);
}

#[tokio::test]
async fn results_are_listed_newest_first_in_pages() {
    let world = start().await;
    let me = world.as_member(somebody());
    let mut ids = Vec::new();
    for case in 0..3 {
        let result = me.post(SUBMIT, submission(&mini20(), case)).await.expect(201);
        ids.insert(0, result["id"].clone());
    }
    let first = me.get(&format!("{RESULTS}?limit=2")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = me.get(&format!("{RESULTS}?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(second["next_cursor"], json!(null));
    let pages = [first, second].map(|page| page["items"].as_array().unwrap().clone()).concat();
    assert_eq!(pages.iter().map(|item| item["id"].clone()).collect::<Vec<_>>(), ids);

    let limit = me.get(&format!("{RESULTS}?limit=101")).await;
    assert_eq!(limit.expect_problem(422, "invalid-input"), ["/limit"]);
    let cursor = me.get(&format!("{RESULTS}?cursor=-005000-01-01T00:00:00Z")).await;
    assert_eq!(cursor.expect_problem(422, "invalid-input"), ["/cursor"]);
    let cursor = me.get(&format!("{RESULTS}?cursor=%27%20OR%201=1")).await;
    assert_eq!(cursor.expect_problem(400, "malformed-query"), ["/cursor"]);
}

/// Two replicas: the clock of the second is behind.
#[tokio::test]
async fn the_latest_is_the_one_submitted_last_whatever_the_clocks_say() {
    let world = start().await;
    let user_id = somebody();
    let first = world.as_member(user_id).post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    world.clock().advance(SignedDuration::from_secs(-2));
    let me = world.as_member(user_id);
    let second = me.post(SUBMIT, submission(&mini20(), 1)).await.expect(201);
    // An id made by the clock that is behind.
    let id = "01000000-0000-7000-8000-000000000000";
    let old = second["id"].as_str().unwrap();
    let moved = format!("UPDATE analysis.analysis_results SET id = '{id}' WHERE id = '{old}'");
    world.administrator().await.batch_execute(&moved).await.unwrap();

    assert_eq!(me.get(&format!("{RESULTS}/latest")).await.expect(200)["id"], id);
    let listed = me.get(RESULTS).await.expect(200);
    assert_eq!(listed["items"][0]["id"], id);
    assert_eq!(listed["items"][1]["id"], first["id"]);
    let quest = world.analysis.as_service("quest");
    let holds = quest.get("/int/analysis/holds").await.expect(200);
    assert_eq!(holds["items"][0]["holds"]["analysis_id"], id);
}

#[tokio::test]
async fn an_empty_history_is_empty() {
    let world = start().await;
    let me = world.as_member(somebody());
    let results = me.get(RESULTS).await.expect(200);
    assert_eq!(results, json!({"items": [], "next_cursor": null}));
    me.get(&format!("{RESULTS}/latest")).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_deleted_result_is_gone_with_its_answers_and_the_one_before_holds() {
    let world = start().await;
    let me = world.as_member(somebody());
    let first = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    let second = me.post(SUBMIT, submission(&full50(), 1)).await.expect(201);
    let path = |result: &Value| format!("{RESULTS}/{}", result["id"].as_str().unwrap());

    me.delete(&path(&second)).await.expect(204);
    me.get(&path(&second)).await.expect_problem(404, "not-found");
    me.delete(&path(&second)).await.expect_problem(404, "not-found");
    assert_eq!(me.get(&format!("{RESULTS}/latest")).await.expect(200)["id"], first["id"]);
    me.delete(&path(&first)).await.expect(204);

    let deleted = world.published("analysis.deleted").await;
    assert_eq!(deleted[0]["holds"]["analysis_id"], first["id"]);
    assert_eq!(deleted[1]["holds"], json!(null));
    assert!(world.rows("SELECT 1 AS one FROM analysis.psy_answers").await.is_empty());
}

#[tokio::test]
async fn another_members_result_is_not_found() {
    let world = start().await;
    let (me, other) = (world.as_member(somebody()), world.as_member(somebody()));
    let mine = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    let path = format!("{RESULTS}/{}", mine["id"].as_str().unwrap());
    other.get(&path).await.expect_problem(404, "not-found");
    other.delete(&path).await.expect_problem(404, "not-found");
    other.get(&format!("{RESULTS}/nonsense")).await.expect_problem(404, "not-found");
    assert_eq!(other.get(RESULTS).await.expect(200)["items"], json!([]));
    me.get(&path).await.expect(200);
}

#[tokio::test]
async fn texts_are_told_in_the_readers_language() {
    let world = start().await;
    let user_id = somebody();
    let me = world.as_member(user_id);
    let korean = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    assert_eq!(korean["character_name"], "불꽃");
    let english = me.get(&format!("{RESULTS}/latest?lang=en")).await.expect(200);
    assert_eq!(english["character_name"], "Spark");
    assert_ne!(english["summary"], korean["summary"]);
    assert_ne!(english["coaching_tips"], korean["coaching_tips"]);

    let locale = Member {
        user_id,
        name: "Minji".to_owned(),
        locale: "en-GB".to_owned(),
        time_zone: "Asia/Seoul".to_owned(),
    };
    world.tell("auth", &MemberUpdated(locale)).await;
    until("the locale is known", async || {
        let told = me.get(&format!("{RESULTS}/latest")).await.expect(200);
        (told == english).then_some(())
    })
    .await;
    let tag = Lang::Ko.tag();
    let asked = me.get(&format!("{RESULTS}/latest?lang={tag}")).await.expect(200);
    assert_eq!(asked["character_name"], "불꽃");
}

#[tokio::test]
async fn topics_are_joined_when_a_result_is_read() {
    let world = start().await;
    let user_id = somebody();
    let me = world.as_member(user_id);
    let before = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    assert_eq!(before["preference_topics"], json!([]));
    let topic =
        Topic { topic: "books".to_owned(), weight: 1.0, sources: vec!["naver_blog".to_owned()] };
    let topics = vec![topic];
    world.tell("sns", &TopicsChanged { user_id, topics }).await;
    let after = until("the topics are known", async || {
        let told = me.get(&format!("{RESULTS}/latest")).await.expect(200);
        (told["preference_topics"] != json!([])).then_some(told)
    })
    .await;
    let expected = json!([{"topic": "books", "weight": 1.0, "sources": ["naver_blog"]}]);
    assert_eq!(after["preference_topics"], expected);
}

#[tokio::test]
async fn preferences_told_with_the_self_check_hold() {
    let world = start().await;
    let me = world.as_member(somebody());
    let body = json!({
        "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
        "preferences": {"activity": "outdoors"},
    });
    me.post("/api/self-check/submit", body).await.expect(201);
    let result = me.post(&format!("{SUBMIT}?lang=en"), submission(&mini20(), 0)).await.expect(201);
    assert_eq!(result["preference_activity"], "outdoors");
    let sources = &result["preference_sources"];
    assert_eq!(sources["activity"], json!({"source": "member", "text": "As you told us yourself"}));
    let keys: BTreeSet<_> = sources.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["activity", "pace", "social"].map(str::to_owned).into());
    assert_eq!(sources["social"]["source"], "traits");
}

#[tokio::test]
async fn the_preference_told_last_holds_even_if_its_date_is_earlier() {
    let world = start().await;
    let user_id = somebody();
    let check = async |time_zone: &str, date: &str, social: &str| {
        let member = Member {
            user_id,
            name: "Minji".to_owned(),
            locale: "ko".to_owned(),
            time_zone: time_zone.to_owned(),
        };
        world.tell("auth", &MemberUpdated(member)).await;
        let me = world.as_member(user_id);
        until("the zone is known", async || {
            let there = me.get("/api/self-check").await.expect(200);
            (there["date"] == date).then_some(())
        })
        .await;
        let body = json!({
            "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
            "preferences": {"social": social},
        });
        me.post("/api/self-check/submit", body).await.expect(201);
    };
    // From Kiritimati over the date line to Honolulu: the same hour, a date earlier.
    world.clock().set("2026-11-20T20:00:00Z".parse().unwrap());
    check("Pacific/Kiritimati", "2026-11-21", "many").await;
    world.clock().advance(jiff::SignedDuration::from_hours(1));
    check("Pacific/Honolulu", "2026-11-20", "alone").await;
    let me = world.as_member(user_id);
    let result = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    assert_eq!(result["preference_social"], "alone");
}
