//! Who may ask what.

use serde_json::json;
use testkit::Answer;

use crate::{World, first_quest};

const ID: &str = "0193f2a0-0000-7000-8000-000000000000";

/// Every route: each is a member's.
fn routes() -> Vec<(&'static str, String)> {
    let mut routes = vec![
        ("GET", "/api/home".to_owned()),
        ("GET", "/api/quests".to_owned()),
        ("GET", "/api/quests/streak".to_owned()),
        ("GET", "/api/quests/goal".to_owned()),
        ("PUT", "/api/quests/goal".to_owned()),
        ("POST", "/api/quests/pause".to_owned()),
        ("DELETE", "/api/quests/pause".to_owned()),
        ("PUT", "/api/quests/day".to_owned()),
        ("GET", "/api/quest-history".to_owned()),
    ];
    routes.extend(of_quest(ID));
    routes
}

/// The routes with a quest's id.
fn of_quest(id: &str) -> Vec<(&'static str, String)> {
    vec![
        ("GET", format!("/api/quests/{id}")),
        ("POST", format!("/api/quests/{id}/complete")),
        ("POST", format!("/api/quests/{id}/skip")),
        ("POST", format!("/api/quests/{id}/undo")),
    ]
}

#[test]
fn the_table_above_is_the_documents() {
    let document = serde_json::to_value(quest::openapi()).unwrap();
    let mut documented = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert_eq!(operation["x-access"], "own", "{method} {path}");
            documented.push((method.to_uppercase(), path.replace("{id}", ID)));
        }
    }
    let mut routes: Vec<_> = routes().into_iter().map(|(m, p)| (m.to_owned(), p)).collect();
    documented.sort();
    routes.sort();
    assert_eq!(documented, routes);
}

#[tokio::test]
async fn strangers_are_refused_everywhere() {
    let world = World::start().await;
    for (method, path) in routes() {
        let stranger = world.quest.as_stranger();
        let request = stranger.request(method.parse().unwrap(), &path).json(&json!({}));
        Answer::of(request).await.expect_problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn another_members_quest_is_not_there() {
    let world = World::start().await;
    let (_, one) = world.stranger();
    let (_, other) = world.stranger();
    let id = first_quest(&one).await;
    first_quest(&other).await;
    for (method, path) in of_quest(&id) {
        let request = other.request(method.parse().unwrap(), &path);
        Answer::of(request).await.expect_problem(404, "not-found");
    }
    let mine = one.get(&format!("/api/quests/{id}")).await.expect(200);
    assert_eq!(mine["status"], "open");
    let theirs = other.get("/api/quest-history").await.expect(200);
    assert!(!theirs.to_string().contains(&id));
}

#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    for id in [ID, "nonsense", "1", "%27%20OR%201=1"] {
        for (method, path) in of_quest(id) {
            let request = member.request(method.parse().unwrap(), &path);
            Answer::of(request).await.expect_problem(404, "not-found");
        }
    }
}
