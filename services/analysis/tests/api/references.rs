//! Reference data of others: kept while they are away, missed while they were never reached.

use analysis::Analysis;
use contracts::events::CatalogUpdated;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::TestService;
use wiremock::MockServer;

use crate::{
    TABLES, World, answer, config, mini20, reference_data, somebody, start, submission, until,
};

const SUBMIT: &str = "/api/psy-test/submit";

#[tokio::test]
async fn without_the_catalog_it_starts_and_is_not_ready_and_says_why() {
    let others = MockServer::start().await;
    let analysis: TestService<Analysis> = TestService::start(TABLES, config(&others)).await;
    let world = World { analysis, others };
    let health = until("it says why", async || {
        let health = world.analysis.as_stranger().get("/healthz").await;
        let why = health.expect(503)["waiting_for"]["catalog: characters"].clone();
        why.as_str().is_some_and(|why| why.contains("404")).then_some(health)
    })
    .await;
    let waiting = health.json()["waiting_for"].clone();
    assert!(waiting["catalog: mini-ipip-20"].is_string());

    let me = world.as_member(somebody());
    let answer_to = me.post(SUBMIT, submission(&mini20(), 0)).await;
    answer_to.expect_problem(503, "unavailable");
    assert!(answer_to.headers.contains_key("retry-after"));

    for (path, body) in reference_data() {
        answer(&world.others, path, &body).await;
    }
    until("it is ready", async || world.analysis.readiness().is_ready().then_some(())).await;
    me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
}

/// A low mood is heard even before auth was: its sentence stands without the lines, and nobody is sent here meanwhile.
#[tokio::test]
async fn without_auth_it_is_not_ready_and_keeps_self_checks() {
    let others = MockServer::start().await;
    for (path, body) in reference_data().into_iter().filter(|(path, _)| path.contains("/int/")) {
        answer(&others, path, &body).await;
    }
    let analysis: TestService<Analysis> = TestService::start(TABLES, config(&others)).await;
    let world = World { analysis, others };
    until("it waits for auth alone", async || {
        let health = world.analysis.as_stranger().get("/healthz").await;
        let waiting = health.expect(503)["waiting_for"].as_object().unwrap().clone();
        waiting.keys().eq(["auth: app-settings"]).then_some(())
    })
    .await;
    let user_id = somebody();
    let low = json!({
        "mood": 1, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
    });
    for _ in 0..4 {
        world.as_member(user_id).post("/api/self-check/submit", low.clone()).await.expect(201);
        world.clock().advance(SignedDuration::from_hours(24));
    }
    let fifth = world.as_member(user_id).post("/api/self-check/submit", low).await.expect(201);
    let text = "혼자 견디지 않아도 괜찮아요.";
    assert_eq!(fifth["support"], json!({"text": text, "lines": []}));
}

#[tokio::test]
async fn with_the_catalog_stopped_tests_go_on() {
    let world = start().await;
    world.others.reset().await;
    let me = world.as_member(somebody());
    me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
    me.get("/api/analysis-results/latest").await.expect(200);
    me.get("/api/self-check").await.expect(200);
    assert!(world.analysis.readiness().is_ready());
}

#[tokio::test]
async fn a_new_version_makes_new_results_and_changes_no_old_one() {
    let world = start().await;
    let me = world.as_member(somebody());
    let old = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);

    let mut instrument: Value = serde_json::to_value(mini20()).unwrap();
    instrument["version"] = json!(2);
    instrument["norm_set"] = json!("another");
    instrument["norms"]["openness"]["mean"] = json!(3.0);
    world.others.reset().await;
    answer(&world.others, "/int/catalog/instruments/mini-ipip-20", &instrument).await;
    let kind = "instruments".to_owned();
    world.tell("catalog", &CatalogUpdated { kind, version: 2 }).await;

    let new = until("the new version is known", async || {
        let result = me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);
        (result["instrument_version"] == 2).then_some(result)
    })
    .await;
    assert_eq!(new["norm_set"], "another");
    assert_ne!(new["traits"][4]["t"], old["traits"][4]["t"]);
    assert_eq!(new["traits"][0]["t"], old["traits"][0]["t"]);
    assert_eq!(new["traits"][0]["percentile_of"], "another", "nobody has said whom it is of");
    let path = format!("/api/analysis-results/{}", old["id"].as_str().unwrap());
    assert_eq!(me.get(&path).await.expect(200), old);
}

#[tokio::test]
async fn with_the_database_stopped_it_says_so_and_comes_back() {
    let cluster = testkit::cluster();
    let others = MockServer::start().await;
    for (path, body) in reference_data() {
        answer(&others, path, &body).await;
    }
    let clock = chassis::Clock::fixed(chassis::Clock::system().now());
    let database = cluster.database(TABLES).await;
    let analysis = TestService::<Analysis>::start_at(database, clock, config(&others)).await;
    let world = World { analysis, others };
    until("it is ready", async || world.analysis.readiness().is_ready().then_some(())).await;
    let me = world.as_member(somebody());
    me.post(SUBMIT, submission(&mini20(), 0)).await.expect(201);

    cluster.stop().unwrap();
    for answer in
        [me.get("/api/analysis-results").await, me.post(SUBMIT, submission(&mini20(), 0)).await]
    {
        answer.expect_problem(503, "unavailable");
        assert!(answer.headers.contains_key("retry-after"));
    }
    cluster.start().unwrap();
    until("it is back", async || {
        (me.get("/api/analysis-results").await.status == 200).then_some(())
    })
    .await;
    let results = me.get("/api/analysis-results").await.expect(200);
    assert_eq!(results["items"].as_array().unwrap().len(), 1);
}
