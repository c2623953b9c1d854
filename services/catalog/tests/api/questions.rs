//! The questions of a test.

use serde_json::Value;
use testkit::Answer;

use crate::{SQL, expect_etag, start, with_query};

const PATH: &str = "/api/psy-test/questions";

#[tokio::test]
async fn the_twenty_are_asked_in_korean_unless_something_else_is_wanted() {
    let catalog = start().await;
    let answer = catalog.as_stranger().get(PATH).await;
    let mut questions = answer.expect(200);
    let items = questions["items"].as_array_mut().unwrap();
    assert_eq!(items.len(), 20);
    items.truncate(2);
    assert_eq!(answer.headers["content-language"], "ko");
    assert_eq!(answer.headers["vary"], "Accept-Language");
    insta::assert_json_snapshot!(questions);
}

#[tokio::test]
async fn the_fifty_hold_the_twenty_under_the_same_numbers() {
    let catalog = start().await;
    let stranger = catalog.as_stranger();
    let items = async |instrument: &str| -> Vec<Value> {
        let path = format!("{PATH}?instrument={instrument}&lang=en");
        let questions = stranger.get(&path).await.expect(200);
        assert_eq!(
            (&questions["instrument"], &questions["lang"]),
            (&instrument.into(), &"en".into())
        );
        questions["items"].as_array().unwrap().clone()
    };
    let (mini, full) = (items("mini-ipip-20").await, items("ipip-bfm-50").await);
    assert_eq!((mini.len(), full.len()), (20, 50));
    for question in &mini {
        let same =
            |other: &&Value| (&other["id"], &other["text"]) == (&question["id"], &question["text"]);
        assert_eq!(full.iter().filter(same).count(), 1, "{question}");
    }
    for (items, last) in [(&mini, 20), (&full, 50)] {
        let positions: Vec<i64> =
            items.iter().map(|one| one["position"].as_i64().unwrap()).collect();
        assert_eq!(positions, (1..=last).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn keys_are_not_told() {
    let catalog = start().await;
    let answer = catalog.as_stranger().get(&format!("{PATH}?instrument=ipip-bfm-50&lang=en")).await;
    let body = String::from_utf8(answer.body).unwrap();
    for word in ["keyed", "minus", "plus", "trait", "extraversion", "norm", "alpha"] {
        assert!(!body.contains(&format!("\"{word}\"")), "{word}");
    }
}

#[tokio::test]
async fn the_language_is_asked_for_or_accepted() {
    let catalog = start().await;
    for (query, accept, lang) in [
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr", "ko"),
        ("?lang=en", "ko", "en"),
        ("?lang=ko", "en", "ko"),
        ("?lang=tlh", "en", "en"),
    ] {
        let request =
            catalog.as_stranger().request(reqwest::Method::GET, &format!("{PATH}{query}"));
        let answer = Answer::of(request.header("accept-language", accept)).await;
        assert_eq!(answer.expect(200)["lang"], lang, "{query} {accept}");
        assert_eq!(answer.headers["content-language"], lang);
    }
}

#[tokio::test]
async fn an_unknown_test_is_named() {
    let catalog = start().await;
    for instrument in ["mbti", "", SQL] {
        let path = with_query(PATH, &[("instrument", instrument)]);
        let answer = catalog.as_stranger().get(&path).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/instrument"], "{instrument}");
    }
}

#[tokio::test]
async fn who_knows_the_questions_gets_a_304() {
    let catalog = start().await;
    let stranger = catalog.as_stranger();
    expect_etag(&stranger, PATH).await;
    expect_etag(&stranger, &format!("{PATH}?instrument=ipip-bfm-50&lang=en")).await;
    let etag = async |lang: &str| {
        stranger.get(&format!("{PATH}?lang={lang}")).await.headers["etag"].clone()
    };
    assert_ne!(etag("ko").await, etag("en").await);
}
