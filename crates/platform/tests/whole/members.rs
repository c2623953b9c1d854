//! Two members: for every route with an id, the other's is not there.

use reqwest::Method;
use serde_json::{Value, json};

use crate::access::{Operation, operations};
use crate::platform::Platform;
use crate::{sign_up, take_test};

#[tokio::test]
async fn another_members_id_is_not_there() {
    let platform = Platform::start().await;
    let (mine, other) = (sign_up(&platform, "mine").await, sign_up(&platform, "other").await);
    let token = Some(other.token.as_str());

    let result = take_test(&platform, &other).await;
    let quests = platform.get("/api/quests", token).await.expect(200);
    let sessions = platform.get("/api/auth/sessions", token).await.expect(200);
    let test = json!({"instrument": "mini-ipip-20"});
    let test = platform.post("/api/psy-test/sessions", token, test).await.expect(201);
    let id_of = |path: &str| match path {
        _ if path.starts_with("/api/quests/") => quests["quests"][0]["id"].clone(),
        _ if path.starts_with("/api/auth/sessions/") => sessions["items"][0]["id"].clone(),
        _ if path.starts_with("/api/analysis-results/") => result["id"].clone(),
        _ if path.starts_with("/api/psy-test/sessions/") => test["id"].clone(),
        _ => panic!("{path}: whose id is it? Make one above"),
    };

    let mut asked = 0;
    for Operation { method, path, .. } in operations().into_iter().filter(|one| one.access == "own")
    {
        if !path.contains("{id}") {
            continue;
        }
        let id = id_of(&path);
        let theirs = path.replace("{id}", id.as_str().unwrap());
        let body = body_of(&path);
        let ask = async |token: &str| platform.send(&method, &theirs, Some(token), &body).await;
        ask(&mine.token).await.expect_problem(404, "not-found");
        // The owner is let in by the same request, unless an earlier one of them ended what it names.
        if method != Method::DELETE {
            let status = ask(&other.token).await.status;
            assert!(status.is_success() || status == 409, "{method} {path}: {status}");
        }
        asked += 1;
    }
    assert!(asked >= 9, "{asked}");
}

/// A body that the route takes.
fn body_of(path: &str) -> Value {
    match path {
        "/api/psy-test/sessions/{id}/answers" => {
            json!({"answers": [{"question_id": 1, "value": 3}]})
        }
        _ => json!({}),
    }
}
