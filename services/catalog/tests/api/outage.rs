//! With the database away.

use std::time::Instant;

use catalog::{Catalog, Config};
use chassis::Clock;
use serde_json::json;
use testkit::TestService;

use crate::{TABLES, somebody, template, template_with, until};

#[tokio::test]
async fn reads_go_on_and_writes_come_back_by_themselves() {
    let cluster = testkit::cluster();
    let clock = Clock::fixed(Clock::system().now());
    let database = cluster.database(TABLES).await;
    let catalog = TestService::<Catalog>::start_at(database, clock, Config {}).await;
    until("the catalog is ready", async || catalog.readiness().is_ready()).await;
    let admin = catalog.as_admin(somebody());
    admin.post("/api/quest-templates", template()).await.expect(201);

    cluster.stop().unwrap();
    until("the outage is noticed", async || !catalog.readiness().is_ready()).await;
    for path in [
        "/api/psy-test/questions",
        "/api/characters",
        "/api/characters/anchor.svg",
        "/api/quest-templates?q=E77",
        "/api/quest-templates/E77",
    ] {
        assert_eq!(catalog.as_stranger().get(path).await.status, 200, "{path}");
    }
    catalog.as_service("analysis").get("/int/catalog/characters?version=1").await.expect(200);
    let asked = Instant::now();
    let refused = admin.put("/api/quest-templates/E77", template_with("/minutes", json!(9))).await;
    refused.expect_problem(503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    assert!(asked.elapsed().as_secs() < 10);

    cluster.start().unwrap();
    until("the database is back", async || catalog.readiness().is_ready()).await;
    let written = admin.put("/api/quest-templates/E77", template_with("/minutes", json!(9))).await;
    assert_eq!(written.expect(200)["version"], 2);
    assert_eq!(
        catalog.as_stranger().get("/api/quest-templates/E77").await.expect(200)["minutes"],
        9
    );
}
