//! Who may ask what.

use serde_json::json;
use testkit::Answer;

use crate::World;

const ID: &str = "0193f2a0-0000-7000-8000-000000000000";

/// Every route, and whether it is a member's.
fn routes() -> Vec<(String, String, bool)> {
    let document = serde_json::to_value(sns::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let path =
                ["{id}", "{code}"].iter().fold(path.clone(), |path, part| path.replace(part, ID));
            let path = path.replace("{channel}", "google");
            routes.push((method.to_uppercase(), path, operation["x-access"] == "own"));
        }
    }
    routes
}

#[tokio::test]
async fn strangers_are_refused_everywhere_but_where_anybody_may_ask() {
    let world = World::start(&[]).await;
    let routes = routes();
    assert_eq!((routes.len(), routes.iter().filter(|(.., own)| !own).count()), (10, 3));
    for (method, path, own) in routes {
        let stranger = world.sns.as_stranger();
        let request = stranger.request(method.parse().unwrap(), &path).json(&json!({}));
        let refused = Answer::of(request).await.status == 401;
        assert_eq!(refused, own, "{method} {path}");
    }
}

#[tokio::test]
async fn only_auth_is_told_what_is_held_of_a_member() {
    let world = World::start(&[]).await;
    let path = format!("/int/sns/members/{}/export", crate::somebody());
    world.sns.as_service("quest").get(&path).await.expect(403);
    world.sns.as_stranger().get(&path).await.expect(401);
    world.sns.as_service("auth").get(&path).await.expect(200);
}
