//! Reading the quest library.

use serde_json::Value;
use testkit::Answer;

use crate::{CatalogService, SQL, expect_etag, start, with_query};

const PATH: &str = "/api/quest-templates";

async fn list(catalog: &CatalogService, query: &[(&str, &str)]) -> Answer {
    catalog.as_stranger().get(&with_query(PATH, query)).await
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

#[tokio::test]
async fn pages_hold_every_template_once_by_code() {
    let catalog = start().await;
    let mut codes: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(&catalog, &[("limit", "100"), ("cursor", &cursor)]).await.expect(200);
        codes.extend(items(&page).iter().map(|one| one["code"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert!(codes.len() >= 120);
    assert!(codes.is_sorted_by(|a, b| a < b));
    let first = list(&catalog, &[]).await.expect(200);
    assert_eq!(items(&first).len(), 20);
}

#[tokio::test]
async fn a_template_is_told_in_one_language() {
    let catalog = start().await;
    let one = catalog.as_stranger().get("/api/quest-templates/E01?lang=en").await.expect(200);
    insta::assert_json_snapshot!(one);
    let listed = list(&catalog, &[("q", "e01"), ("lang", "en")]).await.expect(200);
    assert_eq!(items(&listed), &[one]);
}

#[tokio::test]
async fn templates_are_found_by_category_trait_and_words() {
    let catalog = start().await;
    let all = async |query: &[(&str, &str)]| {
        let mut query = query.to_vec();
        query.push(("limit", "100"));
        let page = list(&catalog, &query).await.expect(200);
        assert!(!items(&page).is_empty(), "{query:?}");
        items(&page).clone()
    };
    assert!(all(&[("category", "calm")]).await.iter().all(|one| one["category"] == "calm"));
    assert!(all(&[("trait", "openness")]).await.iter().all(|one| one["trait"] == "openness"));
    assert!(all(&[("trait", "any")]).await.iter().all(|one| one["trait"] == "any"));
    let both = all(&[("trait", "extraversion"), ("category", "recharge")]).await;
    assert!(both.iter().all(|one| one["trait"] == "extraversion" && one["category"] == "recharge"));

    // Words in any case, and in either language whatever the answer's.
    assert!(all(&[("q", "HELLO TO A FAMILIAR")]).await.iter().any(|one| one["code"] == "E01"));
    assert!(
        all(&[("q", "먼저 인사"), ("lang", "en")]).await.iter().any(|one| one["code"] == "E01")
    );
    assert_eq!(all(&[("q", "")]).await.len(), 100);
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let catalog = start().await;
    let wrong = [("category", SQL), ("trait", SQL), ("limit", "0"), ("cursor", SQL), ("lang", SQL)];
    let mut named = list(&catalog, &wrong).await.expect_problem(422, "invalid-input");
    named.sort_unstable();
    assert_eq!(named, ["/category", "/cursor", "/limit", "/trait"]);
    let answer = list(&catalog, &[("limit", "many")]).await;
    answer.expect_problem(400, "malformed-query");
    for words in ["가".repeat(101), "\u{0}".to_owned()] {
        let answer = list(&catalog, &[("q", &words)]).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/q"]);
    }
}

#[tokio::test]
async fn words_are_only_words() {
    let catalog = start().await;
    for words in [SQL, "%", "\\", "{}"] {
        let page = list(&catalog, &[("q", words)]).await.expect(200);
        assert!(items(&page).is_empty() && page["next_cursor"].is_null(), "{words:?}");
    }
    for path in
        ["/api/quest-templates/E999", "/api/quest-templates/e01", "/api/quest-templates/%27%3B--"]
    {
        catalog.as_stranger().get(path).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn who_knows_a_template_gets_a_304() {
    let catalog = start().await;
    for path in ["/api/quest-templates/E01", "/api/quest-templates?trait=any&limit=5&lang=en"] {
        expect_etag(&catalog.as_stranger(), path).await;
    }
}
