//! What admins change of the quest library.

use contracts::quest_templates::QuestTemplates;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::{CatalogService, SQL, database, number, somebody, start, template, template_with};

const PATH: &str = "/api/quest-templates";
const ONE: &str = "/api/quest-templates/E77";

async fn library(catalog: &CatalogService) -> QuestTemplates {
    let answer = catalog.as_service("quest").get("/int/catalog/quest-templates").await;
    answer.expect(200);
    answer.read()
}

#[tokio::test]
async fn a_template_is_made_changed_and_withdrawn_and_its_history_stays() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    let before = library(&catalog).await;

    let made = admin.post(PATH, template()).await.expect(201);
    assert_eq!((&made["version"], &made["title"]), (&json!(1), &template()["title"]));
    let read = catalog.as_stranger().get(ONE).await.expect(200);
    assert_eq!((&read["version"], &read["title"]), (&json!(1), &template()["title"]["ko"]));

    let changed = template_with("/minutes", json!(7));
    assert_eq!(admin.put(ONE, changed.clone()).await.expect(200)["version"], 2);
    // The same again is no change.
    assert_eq!(admin.put(ONE, changed).await.expect(200)["version"], 2);
    assert_eq!(catalog.as_stranger().get(ONE).await.expect(200)["minutes"], 7);
    let between = library(&catalog).await;
    assert_eq!(between.version, before.version + 2);
    assert_eq!(between.items.len(), before.items.len() + 1);

    admin.delete(ONE).await.expect(204);
    catalog.as_stranger().get(ONE).await.expect_problem(404, "not-found");
    admin.put(ONE, template()).await.expect_problem(404, "not-found");
    admin.delete(ONE).await.expect_problem(404, "not-found");
    let after = library(&catalog).await;
    assert_eq!((after.version, after.items), (before.version + 3, before.items));

    let taken = admin.post(PATH, template()).await;
    assert_eq!(taken.expect_problem(409, "code-taken"), ["/code"]);
    let client = database(&catalog).await;
    let kept = "SELECT count(*) FROM catalog.quest_templates WHERE code = 'E77'";
    assert_eq!(number(&client, kept).await, 3);
}

#[tokio::test]
async fn every_change_is_told() {
    let catalog = start().await;
    let client = database(&catalog).await;
    let told = "SELECT count(*) FROM events.log WHERE type = 'catalog.updated' \
                AND payload->>'kind' = 'quest-templates' AND producer = 'catalog'";
    let before = number(&client, told).await;
    let admin = catalog.as_admin(somebody());
    admin.post(PATH, template()).await.expect(201);
    admin.put(ONE, template_with("/minutes", json!(3))).await.expect(200);
    admin.delete(ONE).await.expect(204);
    assert_eq!(number(&client, told).await, before + 3);
    let last =
        "SELECT max((payload->>'version')::bigint) FROM events.log WHERE type = 'catalog.updated'";
    assert_eq!(number(&client, last).await, library(&catalog).await.version);
    // What was refused is not told.
    admin.put(ONE, template()).await.expect(404);
    assert_eq!(number(&client, told).await, before + 3);
}

/// Whoever has read the event asks at once, before any replica has looked at the tables by itself.
#[tokio::test]
async fn who_is_told_of_a_change_reads_it() {
    let catalog = start().await;
    let client = database(&catalog).await;
    let told = "SELECT max((payload->>'version')::bigint) FROM events.log \
                WHERE type = 'catalog.updated' AND payload->>'kind' = 'quest-templates'";
    let before = number(&client, told).await;
    let admin = catalog.as_admin(somebody());
    let read = async {
        loop {
            let now = number(&client, told).await;
            if now > before {
                return (now, library(&catalog).await.version);
            }
        }
    };
    let (made, (now, version)) = tokio::join!(admin.post(PATH, template()), read);
    made.expect(201);
    assert_eq!(version, now);
}

#[tokio::test]
async fn a_key_is_answered_once() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    let first = admin.post_once(PATH, "key-1", template()).await;
    first.expect(201);
    let again = admin.post_once(PATH, "key-1", template()).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    let other = admin.post_once(PATH, "key-1", template_with("/code", json!("E78"))).await;
    other.expect_problem(422, "idempotency-key-reused");
    catalog.as_stranger().get("/api/quest-templates/E78").await.expect(404);
}

#[tokio::test]
async fn changes_at_once_make_a_version_each() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    admin.post(PATH, template()).await.expect(201);
    let change = |minutes: i16| admin.put(ONE, template_with("/minutes", json!(minutes)));
    let (a, b, c, d) = tokio::join!(change(1), change(2), change(3), change(4));
    let version = |answer: Answer| answer.expect(200)["version"].as_i64();
    let mut versions: Vec<i64> = [a, b, c, d].into_iter().filter_map(version).collect();
    versions.sort_unstable();
    assert_eq!(versions, [2, 3, 4, 5]);
}

#[tokio::test]
async fn only_admins_write_and_nobody_else_learns_what_would_be_wrong() {
    let catalog = start().await;
    for body in [template(), json!({})] {
        for (method, path) in [(Method::POST, PATH), (Method::PUT, "/api/quest-templates/E01")] {
            let ask = async |asker: testkit::Asker<'_>| {
                Answer::of(asker.request(method.clone(), path).json(&body)).await
            };
            ask(catalog.as_stranger()).await.expect_problem(401, "unauthenticated");
            ask(catalog.as_service("quest")).await.expect_problem(401, "unauthenticated");
            ask(catalog.as_member(somebody())).await.expect_problem(403, "forbidden");
        }
    }
    catalog
        .as_stranger()
        .delete("/api/quest-templates/E01")
        .await
        .expect_problem(401, "unauthenticated");
    catalog
        .as_member(somebody())
        .delete("/api/quest-templates/E01")
        .await
        .expect_problem(403, "forbidden");
    catalog.as_stranger().get("/api/quest-templates/E01").await.expect(200);
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    let wrong = json!({
        "code": SQL, "category": SQL, "trait": SQL, "direction": SQL, "difficulty": 4, "minutes": 91,
        "helps": [SQL], "topics": ["music", SQL], "activity": SQL, "social": SQL, "pace": SQL, "evidence": SQL,
        "title": {"ko": "인사하기"}, "cue": {"ko": SQL, "en": SQL},
    });
    let expected = [
        "/activity",
        "/category",
        "/code",
        "/cue/en",
        "/cue/ko",
        "/difficulty",
        "/direction",
        "/evidence",
        "/helps/0",
        "/minutes",
        "/pace",
        "/social",
        "/title/en",
        "/topics/1",
        "/trait",
    ];
    for answer in
        [admin.post(PATH, wrong.clone()).await, admin.put("/api/quest-templates/E01", wrong).await]
    {
        let mut named = answer.expect_problem(422, "invalid-input");
        named.sort_unstable();
        assert_eq!(named, expected);
    }
    let other_code = admin.put("/api/quest-templates/E01", template()).await;
    assert_eq!(other_code.expect_problem(422, "invalid-input"), ["/code"]);
}

#[tokio::test]
async fn a_body_that_is_none_is_refused() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    let send = async |content_type: &str, body: Vec<u8>| {
        let request = admin.request(Method::POST, PATH).header("content-type", content_type);
        Answer::of(request.body(body)).await
    };
    send("application/json", b"{".to_vec()).await.expect_problem(400, "malformed-body");
    send("text/plain", b"{}".to_vec()).await.expect_problem(415, "unsupported-media-type");
    send("application/json", vec![b' '; 10 << 20]).await.expect_problem(413, "body-too-large");

    let mut versioned = template();
    versioned["version"] = json!(9);
    assert_eq!(
        admin.post(PATH, versioned).await.expect_problem(400, "malformed-body"),
        ["/version"]
    );
    let typed = template_with("/title/en", json!(5));
    assert_eq!(admin.post(PATH, typed).await.expect_problem(400, "malformed-body"), ["/title/en"]);
}

#[tokio::test]
async fn words_are_kept_as_they_are() {
    let catalog = start().await;
    let admin = catalog.as_admin(somebody());
    let mut body = template();
    body["title"] = json!({"ko": format!("{SQL}기"), "en": format!("Say {SQL} <b>&amp;</b> 🎈")});
    body["cue"] = json!({"ko": format!("{SQL}면"), "en": format!("When {SQL}")});
    let made = admin.post(PATH, body.clone()).await.expect(201);
    let read: Value = catalog.as_stranger().get(&format!("{ONE}?lang=en")).await.expect(200);
    for told in [&made["title"]["en"], &read["title"]] {
        assert_eq!(told, &body["title"]["en"]);
    }
    assert!(library(&catalog).await.items.len() > 120, "nothing was dropped");
}

/// History is the database's promise, too: the app role can add versions and nothing else.
#[tokio::test]
async fn the_app_role_cannot_change_history() {
    let catalog = start().await;
    let url = catalog.database.app_url("catalog");
    let (client, driver) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    for table in [
        "quest_templates",
        "psy_instruments",
        "psy_questions",
        "characters",
        "result_texts",
        "self_check_items",
    ] {
        for statement in [format!("DELETE FROM {table}"), format!("UPDATE {table} SET version = 9")]
        {
            let refused = client.batch_execute(&statement).await.unwrap_err();
            let code = refused.code().unwrap().code().to_owned();
            assert_eq!(code, "42501", "{statement}");
        }
    }
}
