//! Two members: for every route with an id, in its path or in its body, the other's is not there.

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::operations::{Access, Operation, operations};
use crate::platform::Platform;
use crate::{Member, sign_up, take_test, until};

/// What a member has that has an id.
struct Belongings {
    result: Value,
    quest: Value,
    session: Value,
    test: Value,
    account: Value,
    import: Value,
}

impl Belongings {
    async fn of(platform: &Platform, member: &Member) -> Self {
        let token = Some(member.token.as_str());
        let result = take_test(platform, member).await;
        // The first result chooses the day's quests again.
        until(async || {
            let home = platform.get("/api/home", token).await.expect(200);
            home["character"].is_object().then_some(())
        })
        .await;
        let quests = platform.get("/api/quests", token).await.expect(200);
        let sessions = platform.get("/api/auth/sessions", token).await.expect(200);
        let test = json!({"instrument": "mini-ipip-20"});
        let test = platform.post("/api/psy-test/sessions", token, test).await.expect(201);
        // Nothing may be fetched from there.
        let account = json!({"channel": "feed", "address": "http://127.0.0.1:9/feed"});
        let account = platform.post("/api/me/sns-accounts", token, account).await.expect(201);
        let import = json!({"account_id": account["id"]});
        let import = platform.post("/api/sns/import", token, import).await.expect(202);
        Belongings {
            result: result["id"].clone(),
            quest: quests["quests"][0]["id"].clone(),
            session: sessions["items"][0]["id"].clone(),
            test: test["id"].clone(),
            account: account["id"].clone(),
            import: import["id"].clone(),
        }
    }

    /// What an id is of, by where it stands.
    fn id(&self, place: &str) -> &Value {
        match place {
            _ if place.starts_with("/api/quests/{id}") => &self.quest,
            "/api/auth/sessions/{id}" => &self.session,
            "/api/analysis-results/{id}" => &self.result,
            _ if place.starts_with("/api/psy-test/sessions/{id}") => &self.test,
            "/api/psy-test/submit session_id" => &self.test,
            "/api/me/sns-accounts/{id}" | "/api/sns/import account_id" => &self.account,
            "/api/sns/imports/{id}" => &self.import,
            _ => panic!("{place}: whose id is it? Make one above"),
        }
    }
}

#[tokio::test]
async fn another_members_id_is_not_there() {
    let platform = Platform::start().await;
    let (mine, other) = (sign_up(&platform, "mine").await, sign_up(&platform, "other").await);
    let theirs = Belongings::of(&platform, &other).await;
    let mut asked = 0;
    for Operation { method, path, ids, .. } in
        operations().into_iter().filter(|one| one.access == Access::Own)
    {
        // A channel is nobody's.
        let path = path.replace("{channel}", "google");
        if !path.contains('{') && ids.is_empty() {
            continue;
        }
        let in_path = path.contains('{').then(|| theirs.id(&path).as_str().unwrap());
        let there = in_path.map_or(path.clone(), |id| path.replace("{id}", id));
        assert!(!there.contains('{'), "{path}: another name than id");
        let mut body = body_of(&path);
        for name in ids {
            body.insert(name.clone(), theirs.id(&format!("{path} {name}")).clone());
        }
        let body = Value::Object(body);
        let ask = async |token: &str| platform.send(&method, &there, Some(token), &body).await;
        ask(&mine.token).await.expect_problem(404, "not-found");
        // The owner is let in by the same request, unless an earlier one of them ended what it names, or did it just now.
        if method != Method::DELETE {
            let status = ask(&other.token).await.status;
            let let_in = status.is_success() || [409, 422, 429].contains(&status.as_u16());
            assert!(let_in, "{method} {path}: {status}");
        }
        asked += 1;
    }
    assert!(asked >= 10, "{asked}");
}

/// What a route's body must have besides ids.
fn body_of(path: &str) -> Map<String, Value> {
    let body = match path {
        "/api/psy-test/sessions/{id}/answers" => {
            json!({"answers": [{"question_id": 1, "value": 3}]})
        }
        _ => json!({}),
    };
    body.as_object().cloned().unwrap_or_default()
}
