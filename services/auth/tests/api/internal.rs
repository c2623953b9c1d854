//! What other services ask of auth, and that nobody else may.

use std::collections::BTreeSet;

use contracts::UserId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Asker};
use uuid::Uuid;

use crate::{execute, sign_up, somebody, somebody_with, start};

const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Every route, read off the route table itself, and what the document says of who may ask; nothing of internal ones.
fn routes() -> Vec<(Method, &'static str, Value)> {
    let document = serde_json::to_value(auth::openapi()).unwrap();
    let mut routes = Vec::new();
    for resource in include_str!("../../src/routes.rs").split("resource(\"").skip(1) {
        let (path, handlers) = resource.split_once('"').unwrap();
        for method in METHODS {
            let name = method.as_str().to_lowercase();
            if handlers.contains(&format!(".{name}(")) {
                routes.push((method, path, document["paths"][path][name]["x-access"].clone()));
            }
        }
    }
    assert!(routes.len() >= 17, "{routes:?}");
    routes
}

async fn ask(asker: Asker<'_>, method: &Method, path: &str) -> u16 {
    let path = path.replace("{id}", "0193f2a0-0000-7000-8000-000000000000");
    let request = asker.request(method.clone(), &path).json(&json!({"token": "nonsense"}));
    Answer::of(request).await.status.as_u16()
}

#[tokio::test]
async fn all_but_the_public_routes_refuse_strangers() {
    let auth = start().await;
    for (method, path, access) in routes() {
        let status = ask(auth.as_stranger(), &method, path).await;
        assert_eq!(status == 401, access != "public", "{method} {path}: {status}");
    }
}

#[tokio::test]
async fn what_is_not_in_the_document_is_for_the_services_it_lists() {
    let auth = start().await;
    for (method, path, access) in routes() {
        assert_eq!(path.starts_with("/int/"), access.is_null(), "{method} {path}: {access}");
        if access.is_null() {
            let member = auth.as_member(UserId(Uuid::nil()));
            assert_eq!(ask(member, &method, path).await, 401, "{method} {path}");
            // It never asks itself.
            assert_eq!(ask(auth.as_service("auth"), &method, path).await, 403, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_service_learns_whether_a_token_is_good() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let verify = async |token: &str| {
        let answer =
            auth.as_service("quest").post("/int/auth/verify", json!({"token": token})).await;
        answer.expect(200)
    };
    let good = verify(&member.access_token).await;
    assert_eq!(good["active"], true);
    assert_eq!(good["user_id"], member.id.to_string());
    assert_eq!(good["roles"], json!(["member"]));

    assert_eq!(verify(&member.refresh_token).await["active"], false);
    assert_eq!(verify("nonsense").await["active"], false);

    let me = auth.as_session(member.id, member.session_id);
    me.post("/api/auth/logout", json!({})).await.expect(204);
    assert_eq!(verify(&member.access_token).await["active"], false);
}

#[tokio::test]
async fn an_ended_session_is_told_for_longer_than_its_last_token_lives() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let me = auth.as_session(member.id, member.session_id);
    me.post("/api/auth/logout", json!({})).await.expect(204);
    let told = async || {
        let answer = auth.as_service("gateway").get("/int/auth/revocations").await;
        answer.expect(200)["items"].clone()
    };
    // A refresh that ran at the same time may have issued one a little later than the session ended.
    auth.clock.advance(SignedDuration::from_secs(10 * 60 + 30));
    assert_eq!(told().await[0]["sid"], member.session_id.to_string());
    auth.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(told().await, json!([]));
}

#[tokio::test]
async fn each_internal_route_lists_who_may_call_it() {
    let auth = start().await;
    auth.as_service("quest").get("/int/auth/revocations").await.expect_problem(403, "forbidden");
    auth.as_service("catalog").get("/int/auth/members").await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn a_late_service_reads_all_members_in_pages() {
    let auth = start().await;
    let mut known = Vec::new();
    for number in 0..3 {
        let body = somebody_with("email", json!(format!("m{number}@example.com")));
        known.push(sign_up(&auth, body).await.id.to_string());
    }
    known.sort();
    let quest = auth.as_service("quest");
    let first = quest.get("/int/auth/members?limit=2").await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = quest.get(&format!("/int/auth/members?limit=2&after={next}")).await.expect(200);
    assert_eq!(second["next"], json!(null));
    let ids = [first, second].map(|page| page["items"].as_array().unwrap().clone()).concat();
    let ids: Vec<_> = ids.iter().map(|member| member["user_id"].as_str().unwrap()).collect();
    assert_eq!(ids, known);
    let named = quest.get("/int/auth/members?limit=0").await.expect_problem(422, "invalid-input");
    assert_eq!(named, ["/limit"]);
}

#[tokio::test]
async fn a_revocation_that_commits_late_is_told_to_who_has_asked_meanwhile() {
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

    let auth = start().await;
    let gateway = auth.as_service("gateway");
    let pool = auth.database.pool("auth");
    let (mut late, mut quick) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    let [late_session, quick_session] = [1, 2].map(|number| Uuid::from_u128(number).to_string());
    let insert = |session: &str| {
        diesel::sql_query(format!(
            "INSERT INTO revocations (session_id, reason, revoked_at, until)
             VALUES ('{session}', 'test', now() - interval '1 hour', now() + interval '1 hour')"
        ))
    };
    late.batch_execute("BEGIN").await.unwrap();
    insert(&late_session).execute(&mut late).await.unwrap();
    // A later transaction that is committed sooner: to go on behind it would be to miss the first.
    insert(&quick_session).execute(&mut quick).await.unwrap();

    let first = gateway.get("/int/auth/revocations").await.expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 1, "{first}");
    assert_eq!(first["items"][0]["sid"], quick_session);
    late.batch_execute("COMMIT").await.unwrap();
    let after = first["next"].as_str().unwrap();
    let second = gateway.get(&format!("/int/auth/revocations?after={after}")).await.expect(200);
    let mut told = second["items"].as_array().unwrap().iter().map(|item| &item["sid"]);
    assert!(told.any(|sid| *sid == late_session), "{second}");
}

#[tokio::test]
async fn revocations_are_told_in_pages_and_none_is_lost_between_them() {
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

    let auth = start().await;
    let told = async |after: &str| {
        let path = format!("/int/auth/revocations?limit=2{after}");
        auth.as_service("gateway").get(&path).await.expect(200)
    };
    let insert = |reason: &str, rows: usize| {
        format!(
            "INSERT INTO revocations (session_id, reason, revoked_at, until)
             SELECT gen_random_uuid(), '{reason}', now(), now() + interval '1 hour'
             FROM generate_series(1, {rows})"
        )
    };
    // One that runs since before the others, and commits when some of them have been told.
    let mut late = auth.database.pool("auth").get().await.unwrap();
    late.batch_execute("BEGIN").await.unwrap();
    diesel::sql_query(insert("late", 1)).execute(&mut late).await.unwrap();
    execute(&auth, &insert("soon", 3)).await;
    execute(&auth, &insert("soon", 2)).await;

    let (mut page, mut sids, mut pages) = (told("").await, BTreeSet::new(), 1);
    late.batch_execute("COMMIT").await.unwrap();
    loop {
        let items = page["items"].as_array().unwrap();
        sids.extend(items.iter().map(|item| item["sid"].as_str().unwrap().to_owned()));
        let after = format!("&after={}", page["next"].as_str().unwrap());
        if page["more"] == false && sids.len() == 6 {
            break;
        }
        assert!(pages < 10, "{sids:?}");
        page = told(&after).await;
        pages += 1;
    }
    let nonsense = auth.as_service("gateway").get("/int/auth/revocations?after=1.2").await;
    nonsense.expect(400);
}
