//! The characters and their drawings.

use testkit::Answer;

use crate::{SQL, expect_etag, start};

#[tokio::test]
async fn nine_characters_are_told_in_one_language() {
    let catalog = start().await;
    let list = catalog.as_stranger().get("/api/characters?lang=en").await.expect(200);
    let keys: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    let expected = [
        "explorer",
        "leader",
        "guardian",
        "harmonizer",
        "thinker",
        "anchor",
        "sensor",
        "spark",
        "balanced",
    ];
    assert_eq!(keys, expected);
    assert!(list["next_cursor"].is_null());
    insta::assert_json_snapshot!(list["items"][0]);

    let korean = catalog.as_stranger().get("/api/characters/explorer").await.expect(200);
    assert_eq!((&korean["name"], &korean["key"]), (&"탐험가".into(), &"explorer".into()));
}

#[tokio::test]
async fn each_character_has_a_drawing_where_it_says() {
    let catalog = start().await;
    let list = catalog.as_stranger().get("/api/characters").await.expect(200);
    for character in list["items"].as_array().unwrap() {
        let path = character["image_url"].as_str().unwrap();
        let drawing = catalog.as_stranger().get(path).await;
        assert_eq!(drawing.status, 200, "{path}");
        assert_eq!(drawing.headers["content-type"], "image/svg+xml");
        let svg = String::from_utf8(drawing.body).unwrap();
        assert!(
            svg.starts_with("<svg") && svg.contains(character["name"].as_str().unwrap()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_character_that_is_not_there_is_not_found() {
    let catalog = start().await;
    for key in ["nobody", "EXPLORER", SQL] {
        for end in ["", ".svg"] {
            let mut url: reqwest::Url = catalog.base_url.parse().unwrap();
            url.path_segments_mut().unwrap().extend(["api", "characters", &format!("{key}{end}")]);
            let answer = Answer::of(reqwest::Client::new().get(url)).await;
            answer.expect_problem(404, "not-found");
        }
    }
}

#[tokio::test]
async fn who_knows_a_character_gets_a_304() {
    let catalog = start().await;
    for path in ["/api/characters", "/api/characters/anchor?lang=en", "/api/characters/anchor.svg"]
    {
        expect_etag(&catalog.as_stranger(), path).await;
    }
}
