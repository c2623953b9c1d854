//! Who may do what: every operation for strangers and for every role, at the gateway and behind it.

use std::collections::BTreeSet;

use identity::assertion::Subject;
use identity::{GATEWAY, Roles, headers};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use testkit::Answer;

use crate::operations::{Access, METHODS, Operation, operations, somewhere};
use crate::platform::{Platform, query};
use crate::{Member, sign_up};

/// Every role that there is.
async fn roles(platform: &Platform) -> Vec<String> {
    let roles = "SELECT name AS found FROM auth.roles ORDER BY 1";
    let roles = query(&platform.database, roles).await;
    assert!(roles.len() >= 7, "{roles:?}");
    roles
}

/// A member with a role, signed in with it.
pub(crate) async fn member_with(platform: &Platform, role: &str) -> Member {
    let member = sign_up(platform, role).await;
    let email = format!("{role}@example.com");
    let grant = auth::Command::Grant { email: email.clone(), role: role.to_owned() };
    grant.run_on(&platform.database.pool("auth")).await.unwrap();
    let body = json!({"email": email, "password": "correct horse battery"});
    let answer = platform.post("/api/auth/login", None, body).await.expect(200);
    Member { token: answer["access_token"].as_str().unwrap().to_owned(), ..member }
}

fn is(answer: &Answer, code: &str) -> bool {
    !answer.status.is_success()
        && answer.json()["type"] == format!("urn:damacorch:problem:{code}").as_str()
}

#[tokio::test]
async fn all_but_the_public_routes_refuse_strangers() {
    let platform = Platform::start().await;
    for Operation { method, path, access, .. } in operations() {
        let answer = platform.send(&method, &somewhere(&path), None, &json!({})).await;
        let refused = is(&answer, "unauthenticated");
        assert_eq!(refused, access != Access::Public, "{method} {path}: {}", answer.status);
    }
}

#[tokio::test]
async fn every_role_may_what_the_route_says_and_nothing_else() {
    let platform = Platform::start().await;
    let mut refused = 0;
    for role in roles(&platform).await {
        let member = member_with(&platform, &role).await;
        for Operation { method, path, access, .. } in operations() {
            let token = Some(member.token.as_str());
            let answer = platform.send(&method, &somewhere(&path), token, &json!({})).await;
            let may = !is(&answer, "forbidden") && !is(&answer, "unauthenticated");
            assert_eq!(may, access.admits(&role), "{role}: {method} {path}: {}", answer.status);
            refused += usize::from(!may);
        }
    }
    assert!(refused >= 6 * 10, "{refused}");
}

#[tokio::test]
async fn a_service_lets_nobody_in_whom_the_gateway_should_have_refused() {
    let platform = Platform::start().await;
    let mut asked = 0;
    for Operation { service, method, path, access, .. } in operations() {
        let Some(running) = platform.services.get(service) else {
            continue;
        };
        let ask = async |role: Option<&str>| {
            let url = format!("http://{}{}", running.address, somewhere(&path));
            let mut request = reqwest::Client::new().request(method.clone(), url);
            if let Some(role) = role {
                request = as_gateway(request, service, role);
            }
            let takes_body = method != Method::GET && method != Method::DELETE;
            Answer::of(if takes_body { request.json(&json!({})) } else { request }).await
        };
        let stranger = ask(None).await;
        assert_eq!(is(&stranger, "unauthenticated"), access != Access::Public, "{method} {path}");
        for role in roles(&platform).await.iter().filter(|role| !access.admits(role)) {
            let answer = ask(Some(role)).await;
            assert!(is(&answer, "forbidden"), "{role}: {method} {path}: {}", answer.status);
            asked += 1;
        }
    }
    assert!(asked >= 6 * 10, "{asked}");
}

/// A request as the gateway sends it for a member with a role.
fn as_gateway(
    request: reqwest::RequestBuilder,
    service: &str,
    role: &str,
) -> reqwest::RequestBuilder {
    let id = contracts::UserId(uuid::Uuid::now_v7());
    let roles: Roles = ["member", role].into_iter().collect();
    let now = chassis::Clock::system().now();
    let subject = Subject::member(id, roles, None, now + SignedDuration::from_mins(10));
    request
        .header(headers::USER_ID, id.to_string())
        .header(headers::ASSERTION, testkit::sign(GATEWAY, service, &subject, now))
}

#[tokio::test]
async fn what_no_document_tells_of_is_not_there_for_anybody() {
    let platform = Platform::start().await;
    let admin = member_with(&platform, "admin").await;
    let operations = operations();
    let told: BTreeSet<_> =
        operations.iter().map(|one| (one.path.as_str(), one.method.as_str())).collect();
    for Operation { path, .. } in &operations {
        for method in METHODS.iter().filter(|method| !told.contains(&(path, method.as_str()))) {
            let token = Some(admin.token.as_str());
            let answer = platform.send(method, &somewhere(path), token, &json!({})).await;
            // `/api/quests/goal` is an exact path and, to another method, an id.
            let absent = is(&answer, "method-not-allowed") || is(&answer, "not-found");
            assert!(absent, "{method} {path}: {}", answer.status);
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
