//! Content on its way from the files into the tables, by several replicas; and a member's data on its way out.

use contracts::events::MemberErased;
use serde_json::json;

use crate::{database, number, replica, somebody, start, template, template_with, until};

#[tokio::test]
async fn replicas_that_start_together_publish_once() {
    let first =
        testkit::TestService::<catalog::Catalog>::start(crate::TABLES, catalog::Config {}).await;
    let others = tokio::join!(replica(&first), replica(&first), replica(&first));
    for other in [&others.0, &others.1, &others.2] {
        until("all are ready", async || other.readiness.is_ready() && first.readiness().is_ready())
            .await;
    }
    let client = database(&first).await;
    let told = "SELECT count(*) FROM events.log WHERE type = 'catalog.updated'";
    assert_eq!(number(&client, told).await, 5);
    let written = "SELECT count(*) FROM catalog.versions WHERE version > 0 AND file_version > 0";
    assert_eq!(number(&client, written).await, 5);
    let later = "SELECT count(*) FROM catalog.quest_templates WHERE version > 1";
    assert_eq!(number(&client, later).await, 0);
    for other in [others.0, others.1, others.2] {
        other.abort();
    }
}

#[tokio::test]
async fn what_one_replica_writes_the_others_tell() {
    let catalog = start().await;
    let other = replica(&catalog).await;
    until("the other one is ready", async || other.readiness.is_ready()).await;
    catalog.as_admin(somebody()).post("/api/quest-templates", template()).await.expect(201);
    let url = format!("http://{}/api/quest-templates/E77", other.address);
    until("the other one tells it", async || reqwest::get(&url).await.unwrap().status() == 200)
        .await;
    other.abort();
}

/// The rule for a release whose file is newer: it writes what is new or changed, and never over an admin's version.
#[tokio::test]
async fn a_newer_file_leaves_alone_what_an_admin_has_changed() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    let mut words = template_with("/code", json!("E01"));
    words["minutes"] = json!(9);
    admin.put("/api/quest-templates/E01", words).await.expect(200);
    admin.delete("/api/quest-templates/E02").await.expect(204);
    // As if this release were newer than what the tables were written from, which said something else of E03.
    let client = database(&catalog).await;
    let older = "
        INSERT INTO quest_templates SELECT code, 2, jsonb_set(content || '{\"version\": 2}', '{minutes}', '1'), source, false, now()
            FROM quest_templates WHERE code = 'E03';
        INSERT INTO quest_templates SELECT 'E98', 1, content || '{\"code\": \"E98\"}', 'file', false, now()
            FROM quest_templates WHERE code = 'E04';
        UPDATE versions SET file_version = 0 WHERE kind = 'quest-templates'";
    client.batch_execute(&format!("SET search_path = catalog; {older}")).await.unwrap();

    let newer = replica(&catalog).await;
    until("the newer release is ready", async || newer.readiness.is_ready()).await;
    let get = async |code: &str| {
        let url = format!("http://{}/api/quest-templates/{code}", newer.address);
        let answer = reqwest::get(&url).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<serde_json::Value>().await.unwrap())
    };
    let (_, changed) = get("E01").await;
    assert_eq!((&changed["version"], &changed["minutes"]), (&json!(2), &json!(9)), "the admin's");
    assert_eq!(get("E02").await.0, 404, "withdrawn by the admin");
    let (_, corrected) = get("E03").await;
    assert_eq!(corrected["version"], 3, "the file's");
    assert_ne!(corrected["minutes"], 1);
    assert_eq!(get("E04").await.1["version"], 1, "unchanged");
    assert_eq!(get("E98").await.0, 404, "no longer in the file");
    newer.abort();
}

/// What the catalog keeps of a member are the answers to an admin's keys.
#[tokio::test]
async fn an_erased_member_leaves_nothing_behind() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    admin.post_once("/api/quest-templates", "key-1", template()).await.expect(201);
    let client = database(&catalog).await;
    let kept = "SELECT count(*) FROM catalog.idempotency_keys";
    assert_eq!(number(&client, kept).await, 1);

    let auth = catalog.database.pool("auth");
    let erased = MemberErased { user_id: somebody() };
    let publish = async |conn: &mut pg::Connection| -> Result<(), pg::Error> {
        Ok(events::publish(conn, &erased).await?)
    };
    pg::transaction(&auth, publish).await.unwrap();
    let done = "SELECT count(*) FROM events.log WHERE type = 'member.erasure_done' AND producer = 'catalog'";
    until("the catalog has erased", async || number(&client, done).await == 1).await;
    assert_eq!(number(&client, kept).await, 0);
}

#[tokio::test]
async fn migrations_go_back_as_they_came() {
    let database = testkit::Database::create(crate::TABLES).await;
    let url = database.owner_url("catalog");
    let migrations = || <catalog::Catalog as chassis::Service>::MIGRATIONS;
    assert_eq!(pg::revert(&url, migrations()).await.unwrap().len(), 1);
    assert_eq!(pg::migrate(&url, migrations()).await.unwrap().len(), 1);
}
