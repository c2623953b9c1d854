//! Tests that are put down and taken up.

use std::collections::BTreeSet;

use chassis::Clock;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Asker, Database, TestService};
use uuid::Uuid;
use wiremock::MockServer;

use crate::{
    TABLES, World, answers, config, full50, mini20, somebody, start, submission, until,
    worked_cases,
};

const SESSIONS: &str = "/api/psy-test/sessions";
const SUBMIT: &str = "/api/psy-test/submit";

async fn begin(me: &Asker<'_>, instrument: &str) -> Value {
    me.post(SESSIONS, json!({"instrument": instrument})).await.expect(201)
}

fn path(session: &Value) -> String {
    format!("{SESSIONS}/{}", session["id"].as_str().unwrap())
}

fn answers_path(session: &Value) -> String {
    format!("{}/answers", path(session))
}

#[tokio::test]
async fn a_test_is_put_down_and_taken_up_and_submitted() {
    let world = start().await;
    let user_id = somebody();
    let me = world.as_member(user_id);
    let session = begin(&me, "mini-ipip-20").await;
    assert_eq!(session["total"], 20);
    assert_eq!(session["answers"], json!([]));

    let all = answers(&mini20(), &worked_cases()[0]);
    world.clock().advance(SignedDuration::from_mins(1));
    let me = world.as_member(user_id);
    let first = json!({"answers": all[..7]});
    let put = me.put(&answers_path(&session), first).await.expect(200);
    assert_eq!(put["answers"].as_array().unwrap().len(), 7);
    assert_ne!(put["updated_at"], session["updated_at"]);

    // On another device.
    let taken_up = me.post(SESSIONS, json!({"instrument": "mini-ipip-20"})).await.expect(200);
    assert_eq!(taken_up, put);
    assert_eq!(me.get(&path(&session)).await.expect(200), put);

    let early = me.post(SUBMIT, json!({"session_id": session["id"]})).await;
    assert_eq!(early.expect_problem(422, "invalid-input"), ["/session_id"; 13]);

    me.put(&answers_path(&session), json!({"answers": all[7..]})).await.expect(200);
    let result = me.post(SUBMIT, json!({"session_id": session["id"]})).await.expect(201);
    let whole = world.as_member(somebody()).post(SUBMIT, submission(&mini20(), 0)).await;
    assert_eq!(result["traits"], whole.expect(201)["traits"]);
    assert_eq!(result["quality"], json!([]));

    let again = me.post(SUBMIT, json!({"session_id": session["id"]})).await;
    again.expect_problem(409, "session-already-submitted");
    let late = me.put(&answers_path(&session), json!({"answers": all[..1]})).await;
    late.expect_problem(409, "session-already-submitted");
    assert!(me.get(&path(&session)).await.expect(200)["submitted_at"].is_string());
    assert_ne!(begin(&me, "mini-ipip-20").await["id"], session["id"]);
}

#[tokio::test]
async fn a_new_answer_replaces_the_old() {
    let world = start().await;
    let me = world.as_member(somebody());
    let session = begin(&me, "ipip-bfm-50").await;
    for value in [1, 5] {
        let body = json!({"answers": [{"question_id": 50, "value": value}]});
        me.put(&answers_path(&session), body).await.expect(200);
    }
    let kept = me.get(&path(&session)).await.expect(200);
    let expected = json!([{"question_id": 50, "value": 5, "carried_over": false}]);
    assert_eq!(kept["answers"], expected);
}

#[tokio::test]
async fn answers_to_the_20_carry_over_to_the_50() {
    let world = start().await;
    let user_id = somebody();
    let me = world.as_member(user_id);
    me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    let session = begin(&me, "ipip-bfm-50").await;
    let carried = session["answers"].as_array().unwrap();
    assert_eq!(carried.len(), 20);
    assert!(carried.iter().all(|answer| answer["carried_over"] == true));

    let is_asked = |answer: &&Value| {
        let same = |known: &Value| known["question_id"] == answer["question_id"];
        !carried.iter().any(same)
    };
    let all = answers(&full50(), &worked_cases()[0]);
    let rest: Vec<&Value> = all.iter().filter(is_asked).collect();
    assert_eq!(rest.len(), 30);
    world.clock().advance(SignedDuration::from_mins(4));
    let me = world.as_member(user_id);
    me.put(&answers_path(&session), json!({"answers": rest})).await.expect(200);
    let result = me.post(SUBMIT, json!({"session_id": session["id"]})).await.expect(201);
    let whole = world.as_member(somebody()).post(SUBMIT, submission(&full50(), 0)).await;
    assert_eq!(result["traits"], whole.expect(201)["traits"]);
    assert_eq!(result["quality"], json!([]));
    // After the 50 nothing is carried over.
    assert_eq!(begin(&me, "mini-ipip-20").await["answers"], json!([]));
    assert_eq!(begin(&me, "ipip-bfm-50").await["answers"], json!([]));
}

#[tokio::test]
async fn a_straight_line_through_the_30_that_were_asked_is_flagged() {
    let world = start().await;
    let user_id = somebody();
    let me = world.as_member(user_id);
    me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    let session = begin(&me, "ipip-bfm-50").await;
    let mini: Vec<i16> = mini20().items.iter().map(|item| item.id).collect();
    let rest: Vec<Value> = (1..=50)
        .filter(|id| !mini.contains(id))
        .map(|id| json!({"question_id": id, "value": 3}))
        .collect();
    world.clock().advance(SignedDuration::from_mins(4));
    let me = world.as_member(user_id);
    me.put(&answers_path(&session), json!({"answers": rest})).await.expect(200);
    let result = me.post(SUBMIT, json!({"session_id": session["id"]})).await.expect(201);
    assert_eq!(result["quality"], json!(["straight_line"]));
}

#[tokio::test]
async fn answers_of_long_ago_do_not_carry_over() {
    let world = start().await;
    let user_id = somebody();
    world.as_member(user_id).post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    world.clock().advance(SignedDuration::from_hours(91 * 24));
    let session = begin(&world.as_member(user_id), "ipip-bfm-50").await;
    assert_eq!(session["answers"], json!([]));
}

/// The 50 go on from the 20: they are the same taking, and nothing is kept of it because it came first.
#[tokio::test]
async fn the_50_after_the_20_are_no_retest() {
    let world = start().await;
    let me = world.as_member(somebody());
    let previous = async || {
        let rows = "SELECT previous_character FROM analysis.analysis_results ORDER BY created_at DESC LIMIT 1";
        world.rows(rows).await[0]["previous_character"].clone()
    };
    let of_50 = me.post(SUBMIT, submission(&full50(), 2)).await.expect(201);
    assert_eq!(previous().await, json!(null));
    me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    assert_eq!(previous().await, of_50["character_key"], "a retest");
    me.post(SUBMIT, submission(&full50(), 1)).await.expect(201);
    assert_eq!(previous().await, of_50["character_key"], "what held before the 20");
}

#[tokio::test]
async fn a_test_put_down_for_over_thirty_days_begins_anew() {
    let world = start().await;
    let user_id = somebody();
    let first = begin(&world.as_member(user_id), "mini-ipip-20").await;
    let all = json!({"answers": answers(&mini20(), &worked_cases()[0])});
    world.as_member(user_id).put(&answers_path(&first), all.clone()).await.expect(200);
    world.clock().advance(SignedDuration::from_hours(30 * 24));
    world.as_member(user_id).get(&path(&first)).await.expect(200);
    world.clock().advance(SignedDuration::from_secs(1));

    let me = world.as_member(user_id);
    me.get(&path(&first)).await.expect_problem(404, "not-found");
    me.put(&answers_path(&first), all).await.expect_problem(404, "not-found");
    let submit = me.post(SUBMIT, json!({"session_id": first["id"]})).await;
    submit.expect_problem(404, "not-found");
    let second = begin(&me, "mini-ipip-20").await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(second["answers"], json!([]));
    assert_eq!(world.rows("SELECT 1 AS one FROM analysis.psy_answers").await.len(), 0);
}

/// More than one batch of tests that were put down long ago is there when the service starts; it sweeps at once.
#[tokio::test]
async fn tests_that_nobody_takes_up_are_swept() {
    let database = Database::create(TABLES).await;
    let settings = pg::Settings::new(database.admin_url());
    let mut administrator = pg::Pool::new(&settings).unwrap().get().await.unwrap();
    let seed = "INSERT INTO analysis.psy_test_sessions (user_id, id, instrument, created_at, updated_at, submitted_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 'mini-ipip-20', answered, answered, submitted
        FROM generate_series(1, 120),
            (VALUES (now() - interval '31 days', NULL), (now() - interval '31 days', now()), (now(), NULL))
                AS kinds (answered, submitted);
        INSERT INTO analysis.psy_answers
        SELECT user_id, id, 51, 3, false, updated_at FROM analysis.psy_test_sessions";
    administrator.batch_execute(seed).await.unwrap();
    let others = MockServer::start().await;
    let clock = Clock::fixed(Clock::system().now());
    let analysis = TestService::start_at(database, clock, config(&others)).await;
    let world = World { analysis, others };
    until("they are swept", async || {
        let left = world.rows("SELECT submitted_at FROM analysis.psy_test_sessions").await;
        (left.len() == 240).then_some(())
    })
    .await;
    let submitted =
        "SELECT 1 AS one FROM analysis.psy_test_sessions WHERE submitted_at IS NOT NULL";
    assert_eq!(world.rows(submitted).await.len(), 120);
    assert_eq!(world.rows("SELECT 1 AS one FROM analysis.psy_answers").await.len(), 240);
}

#[tokio::test]
async fn answers_faster_than_anybody_reads_are_flagged() {
    let world = start().await;
    for (seconds, flags) in [(29, json!(["too_fast"])), (30, json!([]))] {
        let me = world.as_member(somebody());
        let session = begin(&me, "mini-ipip-20").await;
        world.clock().advance(SignedDuration::from_secs(seconds));
        let body = json!({"answers": answers(&mini20(), &worked_cases()[0])});
        me.put(&answers_path(&session), body).await.expect(200);
        let result = me.post(SUBMIT, json!({"session_id": session["id"]})).await.expect(201);
        assert_eq!(result["quality"], flags);
    }
}

#[tokio::test]
async fn what_is_no_session_or_no_answer_is_refused() {
    let world = start().await;
    let me = world.as_member(somebody());
    for key in ["big-six", "", "mini-ipip-20' OR '1'='1"] {
        let answer = me.post(SESSIONS, json!({"instrument": key})).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/instrument"]);
    }
    let answer = me.post(SESSIONS, json!({"instrument": "mini-ipip-20", "user_id": 1})).await;
    assert_eq!(answer.expect_problem(400, "malformed-body"), ["/user_id"]);

    let session = begin(&me, "mini-ipip-20").await;
    let put =
        async |answers: Value| me.put(&answers_path(&session), json!({"answers": answers})).await;
    let wrong = json!([
        {"question_id": 1, "value": 6},
        {"question_id": 1, "value": 2},
        {"question_id": 3, "value": 3},
    ]);
    let named = put(wrong).await.expect_problem(422, "invalid-input");
    assert_eq!(named, ["/answers/0/value", "/answers/1/question_id", "/answers/2/question_id"]);
    assert_eq!(put(json!([])).await.expect_problem(422, "invalid-input"), ["/answers"]);
    let text = json!([{"question_id": "1; DROP TABLE psy_answers", "value": 1}]);
    let named = put(text).await.expect_problem(400, "malformed-body");
    assert_eq!(named, ["/answers/0/question_id"]);
    assert_eq!(me.get(&path(&session)).await.expect(200)["answers"], json!([]));
}

#[tokio::test]
async fn another_members_session_is_not_found() {
    let world = start().await;
    let (me, other) = (world.as_member(somebody()), world.as_member(somebody()));
    let session = begin(&me, "mini-ipip-20").await;
    let body = json!({"answers": [{"question_id": 1, "value": 3}]});
    other.get(&path(&session)).await.expect_problem(404, "not-found");
    other.put(&answers_path(&session), body.clone()).await.expect_problem(404, "not-found");
    let submit = other.post(SUBMIT, json!({"session_id": session["id"]})).await;
    submit.expect_problem(404, "not-found");

    let nowhere = format!("{SESSIONS}/{}", Uuid::now_v7());
    me.get(&nowhere).await.expect_problem(404, "not-found");
    me.put(&format!("{nowhere}/answers"), body).await.expect_problem(404, "not-found");
    me.get(&format!("{SESSIONS}/nonsense")).await.expect_problem(404, "not-found");
    assert_eq!(me.get(&path(&session)).await.expect(200)["answers"], json!([]));
}

#[tokio::test]
async fn the_same_key_begins_once() {
    let world = start().await;
    let me = world.as_member(somebody());
    let body = json!({"instrument": "mini-ipip-20"});
    let first = me.post_once(SESSIONS, "begin", body.clone()).await;
    let again = me.post_once(SESSIONS, "begin", body).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    assert_eq!(first.status, 201);
}

#[tokio::test]
async fn beginning_at_once_begins_once() {
    let world = start().await;
    let me = world.as_member(somebody());
    let all = (0..20).map(|_| me.post(SESSIONS, json!({"instrument": "ipip-bfm-50"})));
    let answers = join_all(all).await;
    let begun = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(begun.count(), 1);
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.json()["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
}
