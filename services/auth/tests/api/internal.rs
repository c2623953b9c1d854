//! What other services ask of auth, and that nobody else may.

use contracts::UserId;
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use crate::{sign_up, somebody, somebody_with, start};

/// Every route and who may ask: `public`, `member`, or a service.
const ROUTES: [(&str, &str, &str); 17] = [
    ("POST", "/api/auth/signup", "public"),
    ("POST", "/api/auth/confirm", "public"),
    ("POST", "/api/auth/login", "public"),
    ("POST", "/api/auth/refresh", "public"),
    ("POST", "/api/auth/logout", "member"),
    ("GET", "/api/auth/me", "member"),
    ("PATCH", "/api/auth/me", "member"),
    ("POST", "/api/auth/password", "member"),
    ("GET", "/api/auth/check", "member"),
    ("GET", "/api/auth/sessions", "member"),
    ("DELETE", "/api/auth/sessions/0193f2a0-0000-7000-8000-000000000000", "member"),
    ("GET", "/.well-known/jwks.json", "public"),
    ("GET", "/api/app-settings/public", "public"),
    ("PUT", "/api/app-settings", "member"),
    ("POST", "/int/auth/verify", "quest"),
    ("GET", "/int/auth/revocations", "gateway"),
    ("GET", "/int/auth/members", "quest"),
];

#[tokio::test]
async fn all_but_the_public_routes_refuse_strangers() {
    let auth = start().await;
    for (method, path, who) in ROUTES {
        let request = auth.as_stranger().request(method.parse().unwrap(), path).json(&json!({}));
        let status = testkit::Answer::of(request).await.status.as_u16();
        assert_eq!(status == 401, who != "public", "{method} {path}: {status}");
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
    auth.as_member(UserId(Uuid::nil())).get("/int/auth/members").await.expect(401);
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
    let mut late = auth.database.pool("auth").get().await.unwrap();
    let insert = "INSERT INTO revocations (session_id, reason, revoked_at, until)
                  VALUES (gen_random_uuid(), 'late', now() - interval '1 hour', now() + interval '1 hour')";
    late.batch_execute("BEGIN").await.unwrap();
    diesel::sql_query(insert).execute(&mut late).await.unwrap();

    let first = gateway.get("/int/auth/revocations").await.expect(200);
    assert_eq!(first["items"], json!([]));
    late.batch_execute("COMMIT").await.unwrap();
    let after = first["next"].as_str().unwrap();
    let second = gateway.get(&format!("/int/auth/revocations?after={after}")).await.expect(200);
    assert_eq!(second["items"].as_array().unwrap().len(), 1, "{second}");
}
