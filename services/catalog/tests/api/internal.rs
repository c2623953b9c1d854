//! What other services read.

use catalog::domain::files::Files;
use contracts::characters::Characters;
use contracts::instruments::Instrument;
use contracts::quest_templates::QuestTemplates;
use contracts::result_texts::ResultTexts;
use contracts::self_check::SelfCheck;
use serde::de::DeserializeOwned;

use crate::{
    CatalogService, SQL, database, expect_etag, replica, somebody, start, until, with_query,
};

const PATHS: [&str; 6] = [
    "/int/catalog/instruments/mini-ipip-20",
    "/int/catalog/instruments/ipip-bfm-50",
    "/int/catalog/characters",
    "/int/catalog/quest-templates",
    "/int/catalog/result-texts",
    "/int/catalog/self-check",
];

async fn read<T: DeserializeOwned>(catalog: &CatalogService, path: &str) -> T {
    let answer = catalog.as_service("analysis").get(path).await;
    answer.expect(200);
    answer.read()
}

/// Through the tables and JSON, with every digit.
#[tokio::test]
async fn services_read_what_the_files_say() {
    let catalog = start().await;
    let files = Files::embedded().unwrap();
    for instrument in files.instruments {
        let path = format!("/int/catalog/instruments/{}", instrument.key);
        assert_eq!(read::<Instrument>(&catalog, &path).await, instrument);
    }
    assert_eq!(read::<Characters>(&catalog, "/int/catalog/characters").await, files.characters);
    assert_eq!(
        read::<ResultTexts>(&catalog, "/int/catalog/result-texts").await,
        files.result_texts
    );
    assert_eq!(read::<SelfCheck>(&catalog, "/int/catalog/self-check").await, files.self_check);
    let library: QuestTemplates = read(&catalog, "/int/catalog/quest-templates").await;
    let mut templates = files.quest_templates.items;
    templates.sort_by(|a, b| a.code.cmp(&b.code));
    assert_eq!((library.version, library.items), (1, templates));
}

#[tokio::test]
async fn only_services_that_need_it_may_read_it() {
    let catalog = start().await;
    for path in PATHS {
        catalog.as_stranger().get(path).await.expect_problem(401, "unauthenticated");
        catalog.as_admin(somebody()).get(path).await.expect_problem(401, "unauthenticated");
        catalog.as_service("auth").get(path).await.expect_problem(403, "forbidden");
        catalog.as_service("quest").get(path).await.expect(200);
        expect_etag(&catalog.as_service("analysis"), path).await;
    }
}

#[tokio::test]
async fn what_was_never_there_is_not_found() {
    let catalog = start().await;
    let analysis = catalog.as_service("analysis");
    for path in [
        "/int/catalog/instruments/mbti",
        "/int/catalog/instruments/%27%3B--",
        "/int/catalog/instruments/mini-ipip-20?version=999",
        "/int/catalog/characters?version=0",
    ] {
        analysis.get(path).await.expect_problem(404, "not-found");
    }
    let answer = analysis.get(&with_query("/int/catalog/characters", &[("version", SQL)])).await;
    assert_eq!(answer.expect_problem(400, "malformed-query"), ["/version"]);
}

/// A result that was computed with one version is computed again with that version, whatever came after.
#[tokio::test]
async fn old_versions_stay_readable() {
    let catalog = start().await;
    let [test, characters] = ["/int/catalog/instruments/mini-ipip-20", "/int/catalog/characters"];
    let first: Instrument = read(&catalog, test).await;
    let drawn: Characters = read(&catalog, characters).await;
    let (old, old_characters) = (first.version, drawn.version);
    let new = old.max(old_characters) + 1;
    let next = format!(
        "SET search_path = catalog;
        INSERT INTO psy_instruments
            SELECT key, {new}, 'other-norms', scale, norms, alpha, now() FROM psy_instruments;
        INSERT INTO psy_questions SELECT instrument, {new}, position, id, content FROM psy_questions;
        INSERT INTO characters SELECT {new}, key, 8 - position, content, drawing, now() FROM characters;
        UPDATE versions SET version = {new}, file_version = {new} WHERE kind IN ('instruments', 'characters')"
    );
    let client = database(&catalog).await;
    client.batch_execute(&next).await.unwrap();
    until("the new version is told", async || {
        read::<Instrument>(&catalog, test).await.version == new
    })
    .await;

    assert_eq!(read::<Instrument>(&catalog, test).await.norm_set, "other-norms");
    assert_eq!(read::<Instrument>(&catalog, &format!("{test}?version={old}")).await, first);
    assert_eq!(
        read::<Instrument>(&catalog, &format!("{test}?version={new}")).await.items,
        first.items
    );
    assert_eq!(read::<Characters>(&catalog, characters).await.items[0].key, "balanced");
    assert_eq!(
        read::<Characters>(&catalog, &format!("{characters}?version={old_characters}")).await,
        drawn
    );
    let questions = catalog.as_stranger().get("/api/psy-test/questions").await.expect(200);
    assert_eq!(questions["version"], new);

    // A replica of the older release leaves the newer content alone.
    let older = replica(&catalog).await;
    until("the older release is ready", async || older.readiness.is_ready()).await;
    assert_eq!(read::<Instrument>(&catalog, test).await.version, new);
    older.abort();
}
