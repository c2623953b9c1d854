//! Who may do what, read off the OpenAPI document: a route that is not in it is not reachable, and one that says nothing
//! about access fails here.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::platform::Platform;
use crate::sign_up;

/// An operation of the document.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) access: String,
}

/// Every operation of the API.
pub(crate) fn operations() -> Vec<Operation> {
    let document: Value =
        yaml_serde::from_str(include_str!("../../../../docs/openapi.yaml")).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            if !operation.is_object() {
                continue;
            }
            let access = operation["x-access"].as_str();
            operations.push(Operation {
                access: access
                    .unwrap_or_else(|| panic!("{method} {path} has no x-access"))
                    .to_owned(),
                path: path.clone(),
                method,
            });
        }
    }
    assert!(operations.len() > 40, "{}", operations.len());
    operations
}

/// A path with something in every place of the template.
fn somewhere(path: &str) -> String {
    path.replace("{id}", "0193f2a0-0000-7000-8000-000000000000")
        .replace("{code}", "E01")
        .replace("{key}", "explorer")
}

#[tokio::test]
async fn all_but_the_public_routes_refuse_strangers() {
    let platform = Platform::start().await;
    for Operation { method, path, access } in operations() {
        let answer = platform.send(&method, &somewhere(&path), None, &json!({})).await;
        let refused = answer.status == 401
            && answer.json()["type"] != "urn:damacorch:problem:wrong-credentials";
        assert_eq!(refused, access != "public", "{method} {path}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_member_may_not_what_takes_a_role() {
    let platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    for Operation { method, path, access } in operations() {
        if access.starts_with("role:") {
            let token = Some(member.token.as_str());
            let answer = platform.send(&method, &somewhere(&path), token, &json!({})).await;
            answer.expect_problem(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn a_clients_identity_headers_say_nothing_on_any_route() {
    let platform = Platform::start().await;
    let (mine, other) = (sign_up(&platform, "mine").await, sign_up(&platform, "other").await);
    let spellings = [
        "X-User-Id",
        "x-user-id",
        "X_User_Id",
        "X-User_Id",
        "x_user_id",
        "X-User-Roles",
        "X_User_Roles",
        "X-Assertion",
        "X_Assertion",
    ];
    for name in spellings {
        let ask = |path: &'static str, token| {
            let request = platform.request(Method::GET, path, token).header(name, &other.id);
            Answer::of(
                request.header(name, "admin").header("connection", format!("keep-alive, {name}")),
            )
        };
        let me = ask("/api/auth/check", Some(mine.token.as_str())).await.expect(200);
        assert_eq!(me["user_id"], mine.id, "{name}");
        assert_eq!(me["roles"], json!(["member"]), "{name}");
        ask("/api/auth/check", None).await.expect_problem(401, "unauthenticated");
        ask("/api/home", None).await.expect_problem(401, "unauthenticated");
        ask("/api/psy-test/questions", None).await.expect(200);
        ask("/int/auth/members", None).await.expect_problem(404, "not-found");
        ask("/nowhere", None).await.expect_problem(404, "not-found");
    }
}
