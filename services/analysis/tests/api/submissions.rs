//! Submitting a test.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use crate::{answers, full50, mini20, somebody, start, submission, worked_cases};

const SUBMIT: &str = "/api/psy-test/submit";
const RESULTS: &str = "/api/analysis-results";

#[tokio::test]
async fn the_worked_cases_come_out() {
    let world = start().await;
    for (instrument, expected) in [(full50(), "full50"), (mini20(), "mini20")] {
        for (number, case) in worked_cases().iter().enumerate() {
            let me = world.as_member(somebody());
            let result = me.post(SUBMIT, submission(&instrument, number)).await.expect(201);
            for told in result["traits"].as_array().unwrap() {
                let of = told["trait"].as_str().unwrap();
                let close = |found: &Value, name: &str| {
                    let expected = case[expected][of][name].as_f64().unwrap();
                    let found = found.as_f64().unwrap();
                    assert!((found - expected).abs() <= 1e-9, "{number} {of} {name}: {found}");
                };
                close(&told["score"], "range100");
                close(&result[format!("tendency_{of}")], "range100");
                close(&told["t"], "t");
                close(&told["percentile"], "percentile");
            }
            assert_eq!(result["traits"].as_array().unwrap().len(), 5);
        }
    }
}

#[tokio::test]
async fn the_balanced_one_has_no_similarity() {
    let world = start().await;
    // The answers nearest to each trait's mean in the norm.
    let instrument = mini20();
    let nearest = |item: &contracts::instruments::Item| {
        let mean = instrument.norms.get(item.of).mean;
        let plus = item.keyed == contracts::instruments::Keyed::Plus;
        let value = if plus { mean } else { 6.0 - mean };
        json!({"question_id": item.id, "value": value.round()})
    };
    let answers: Vec<Value> = instrument.items.iter().map(nearest).collect();
    let body = json!({"instrument": "mini-ipip-20", "answers": answers});
    let answer = world.as_member(somebody()).post(SUBMIT, body).await;
    assert_eq!(answer.expect_problem(400, "malformed-body").len(), 1, "3.0 is no integer");

    let whole = |answer: &Value| json!({"question_id": answer["question_id"], "value": answer["value"].as_f64().unwrap() as i64});
    let answers: Vec<Value> = answers.iter().map(whole).collect();
    let body = json!({"instrument": "mini-ipip-20", "answers": answers});
    let result = world.as_member(somebody()).post(SUBMIT, body).await.expect(201);
    assert_eq!(result["character_key"], "balanced");
    for field in ["similarity", "runner_up", "contributions"] {
        assert_eq!(result[field], json!(null));
    }
}

#[tokio::test]
async fn everything_wrong_with_the_answers_is_named() {
    let world = start().await;
    let me = world.as_member(somebody());
    let mut answers = answers(&mini20(), &worked_cases()[0]);
    answers[0]["value"] = json!(6);
    answers[1]["value"] = json!(0);
    answers[3]["question_id"] = answers[2]["question_id"].clone();
    answers[4]["question_id"] = json!(2);
    answers.pop();
    let body = json!({"instrument": "mini-ipip-20", "answers": answers});
    let answer = me.post(SUBMIT, body).await;
    let named = answer.expect_problem(422, "invalid-input");
    let expected = [
        "/answers/0/value",
        "/answers/1/value",
        "/answers/3/question_id",
        "/answers/4/question_id",
        "/answers",
        "/answers",
        "/answers",
    ];
    assert_eq!(named, expected);
    let details: Vec<_> = answer.json()["errors"].as_array().unwrap().clone();
    assert_eq!(details[2]["detail"], "question 9 is answered twice");
    assert_eq!(details[6]["detail"], "question 42 is not answered");
    assert!(world.rows("SELECT 1 AS one FROM analysis.psy_test_sessions").await.is_empty());
}

#[tokio::test]
async fn a_submission_that_is_none_is_refused() {
    let world = start().await;
    let me = world.as_member(somebody());
    let whole = submission(&mini20(), 0);
    let with = |field: &str, value: Value| {
        let mut body = whole.clone();
        body[field] = value;
        body
    };
    let id = json!(Uuid::now_v7());
    for (body, pointers) in [
        (json!({}), vec!["/instrument", "/answers"]),
        (json!({"instrument": "mini-ipip-20"}), vec!["/answers"]),
        (with("session_id", id), vec!["/instrument", "/answers"]),
        (with("instrument", json!("big-six")), vec!["/instrument"]),
        (with("instrument", json!("'; DROP TABLE analysis_results; --")), vec!["/instrument"]),
        (with("instrument", json!("../../int/auth/members")), vec!["/instrument"]),
    ] {
        let answer = me.post(SUBMIT, body).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), pointers);
    }
    for (body, pointer) in [
        (with("user_id", json!("x")), "/user_id"),
        (with("character_key", json!("leader")), "/character_key"),
        (with("session_id", json!("x")), "/session_id"),
        (with("answers", json!([{"question_id": 1, "value": "4"}])), "/answers/0/value"),
        (with("answers", json!([{"question_id": 1, "value": 4, "x": 1}])), "/answers/0/x"),
        (with("answers", json!([{"question_id": 99_999, "value": 4}])), "/answers/0/question_id"),
    ] {
        let answer = me.post(SUBMIT, body).await;
        assert_eq!(answer.expect_problem(400, "malformed-body"), [pointer]);
    }
    let many = vec![json!({"question_id": 1, "value": 3}); 101];
    let answer = me.post(SUBMIT, with("answers", json!(many))).await;
    assert_eq!(answer.expect_problem(422, "invalid-input"), ["/answers"]);
    me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
}

#[tokio::test]
async fn a_body_that_is_none_is_refused() {
    let world = start().await;
    let me = world.as_member(somebody());
    let post = || me.request(Method::POST, SUBMIT);
    let json = || post().header("content-type", "application/json");
    Answer::of(post().body("{}")).await.expect_problem(415, "unsupported-media-type");
    Answer::of(json().body("{\"instrument\": ")).await.expect_problem(400, "malformed-body");
    Answer::of(json().body(vec![b' '; 10 << 20])).await.expect_problem(413, "body-too-large");
}

#[tokio::test]
async fn the_same_key_submits_once() {
    let world = start().await;
    let user_id = somebody();
    let me = world.as_member(user_id);
    let all = (0..30).map(|_| me.post_once(SUBMIT, "once", submission(&mini20(), 0)));
    let (kept, running): (Vec<_>, Vec<_>) =
        join_all(all).await.into_iter().partition(|answer| answer.status == 201);
    for answer in running {
        answer.expect_problem(409, "idempotency-key-in-use");
    }
    let again = me.post_once(SUBMIT, "once", submission(&mini20(), 0)).await;
    assert!(kept.iter().all(|answer| answer.body == again.body));
    let results = me.get(RESULTS).await.expect(200);
    assert_eq!(results["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.published("analysis.completed").await.len(), 1);

    let other = me.post_once(SUBMIT, "once", submission(&mini20(), 1)).await;
    other.expect_problem(422, "idempotency-key-reused");
    let somebody_else = world.as_member(somebody());
    let theirs = somebody_else.post_once(SUBMIT, "once", submission(&mini20(), 0)).await;
    assert_ne!(theirs.expect(201)["id"], again.json()["id"]);
}

#[tokio::test]
async fn others_are_told_what_now_holds() {
    let world = start().await;
    let user_id = somebody();
    let result = world.as_member(user_id).post(SUBMIT, submission(&full50(), 2)).await.expect(201);
    let told = &world.published("analysis.completed").await[0];
    assert_eq!(told["user_id"], user_id.to_string());
    assert_eq!(told["holds"]["analysis_id"], result["id"]);
    assert_eq!(told["holds"]["character_key"], result["character_key"]);
    assert_eq!(told["holds"]["scores"]["openness"], result["tendency_openness"]);
    let z = told["holds"]["z"]["openness"].as_f64().unwrap();
    assert!((z - worked_cases()[2]["full50"]["openness"]["z"].as_f64().unwrap()).abs() < 1e-9);
}

#[tokio::test]
async fn submissions_at_once_follow_one_another() {
    let world = start().await;
    let me = world.as_member(somebody());
    let all = (0..20).map(|number| me.post(SUBMIT, submission(&mini20(), number % 5)));
    for answer in join_all(all).await {
        answer.expect(201);
    }
    let sql =
        "SELECT id, character_key, previous_character FROM analysis.analysis_results ORDER BY id";
    let results = world.rows(sql).await;
    for (earlier, later) in results.iter().zip(&results[1..]) {
        assert_eq!(later["previous_character"], earlier["character_key"]);
    }
    let told = world.published("analysis.completed").await;
    let told: Vec<_> = told.iter().map(|event| &event["holds"]["analysis_id"]).collect();
    assert_eq!(told, results.iter().map(|result| &result["id"]).collect::<Vec<_>>());
}
