//! Staying signed in, and ending it, where the session is Cognito's too.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::{
    EMAIL, PASSWORD, administer, claims, log_in, log_in_at_cognito, pool, refresh,
    refresh_at_cognito, revoked, session, sign_up, start_with, until,
};
use crate::execute;

#[tokio::test]
async fn a_refresh_brings_new_tokens_of_the_same_session() {
    let auth = start_with(&pool()).await;
    sign_up(&auth).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    let renewed = refresh(&auth, &tokens).await.expect(200);
    assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
    let (before, after) = (claims(&tokens["access_token"]), claims(&renewed["access_token"]));
    assert_eq!((&after["iss"], &after["origin_jti"]), (&before["iss"], &before["origin_jti"]));
    assert_ne!(after["jti"], before["jti"]);
    assert_eq!(claims(&renewed["id_token"])["token_use"], "id");

    let all = (0..20).map(|_| refresh(&auth, &renewed));
    let answers = futures_util::future::join_all(all).await;
    let successors: BTreeSet<String> =
        answers.iter().map(|answer| answer.expect(200)["refresh_token"].to_string()).collect();
    assert_eq!(successors.len(), 1, "to all of them the same");
}

#[tokio::test]
async fn what_renews_a_session_stands_nowhere_in_plain() {
    let auth = start_with(&pool()).await;
    sign_up(&auth).await;
    log_in(&auth, PASSWORD).await.expect(200);
    // moto's refresh tokens are UUIDs, and the name of a member is their address or their id.
    let plain = "SELECT FROM cognito_sessions WHERE encode(sealed, 'escape')
                 ~ '[0-9a-f]{8}-[0-9a-f]{4}|example|refresh_token|username'";
    assert_eq!(execute(&auth, plain).await, 0);
    assert_eq!(execute(&auth, "SELECT FROM cognito_sessions").await, 1);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_like_ours() {
    let auth = start_with(&pool()).await;
    sign_up(&auth).await;
    let (here, elsewhere) =
        (log_in(&auth, PASSWORD).await.expect(200), log_in(&auth, PASSWORD).await.expect(200));
    let me = session(&auth, &here);
    let sessions = me.get("/api/auth/sessions").await.expect(200);
    let items = sessions["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let other = items.iter().find(|item| item["current"] == false).unwrap();
    me.delete(&format!("/api/auth/sessions/{}", other["id"].as_str().unwrap())).await.expect(204);
    refresh(&auth, &elsewhere).await.expect_problem(401, "refresh-refused");
    refresh(&auth, &here).await.expect(200);
    assert_eq!(revoked(&auth).await[0]["sid"], claims(&elsewhere["access_token"])["origin_jti"]);
}

#[tokio::test]
async fn signing_out_refuses_cognitos_access_tokens_for_as_long_as_they_live() {
    let auth = start_with(&pool()).await;
    sign_up(&auth).await;
    log_in(&auth, PASSWORD).await.expect(200);
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    let renewed = refresh(&auth, &tokens).await.expect(200);
    session(&auth, &renewed).post("/api/auth/logout", json!({})).await.expect(204);
    refresh(&auth, &renewed).await.expect_problem(401, "refresh-refused");

    let revoked = revoked(&auth).await;
    assert_eq!(revoked.len(), 1, "here and nowhere else");
    let access = claims(&renewed["access_token"]);
    assert_eq!(revoked[0]["sid"], access["origin_jti"]);
    let until: Timestamp = serde_json::from_value(revoked[0]["until"].clone()).unwrap();
    assert!(until.as_second() >= access["exp"].as_i64().unwrap());
}

#[tokio::test]
async fn signing_out_everywhere_ends_what_others_began_at_cognito() {
    let pool = pool();
    let auth = start_with(&pool).await;
    sign_up(&auth).await;
    let ours = log_in(&auth, PASSWORD).await.expect(200);
    let theirs = log_in_at_cognito(&pool).await;
    refresh_at_cognito(&pool, &theirs).await.expect(200);

    session(&auth, &ours).post("/api/auth/logout", json!({"everywhere": true})).await.expect(204);
    refresh(&auth, &ours).await.expect_problem(401, "refresh-refused");
    until("Cognito is told", async || refresh_at_cognito(&pool, &theirs).await.status == 400).await;
    until("it is told once", async || execute(&auth, "SELECT FROM cognito_sessions").await == 0)
        .await;
}

#[tokio::test]
async fn a_session_that_cognito_ends_ends_here() {
    let pool = pool();
    let auth = start_with(&pool).await;
    sign_up(&auth).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    let body = json!({"UserPoolId": pool.id, "Username": EMAIL});
    administer("AdminUserGlobalSignOut", body).await;
    refresh(&auth, &tokens).await.expect_problem(401, "refresh-refused");
    assert_eq!(revoked(&auth).await[0]["sid"], claims(&tokens["access_token"])["origin_jti"]);
    assert_eq!(execute(&auth, "SELECT FROM sessions").await, 0);
}

#[tokio::test]
async fn a_token_that_was_not_issued_through_us_is_signed_out_too() {
    let auth = start_with(&pool()).await;
    let (member, theirs) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let me = auth.as_session(contracts::UserId(member), theirs);
    for everywhere in [false, true] {
        me.post("/api/auth/logout", json!({"everywhere": everywhere})).await.expect(204);
        assert_eq!(revoked(&auth).await[0]["sid"], theirs.to_string());
        execute(&auth, "DELETE FROM revocations").await;
    }
}

#[tokio::test]
async fn a_session_has_the_pools_groups_and_our_roles() {
    let pool = pool();
    let auth = start_with(&pool).await;
    sign_up(&auth).await;
    let group = json!({"UserPoolId": pool.id, "GroupName": "coach"});
    administer("CreateGroup", group).await;
    let member = json!({"UserPoolId": pool.id, "GroupName": "coach", "Username": EMAIL});
    administer("AdminAddUserToGroup", member).await;
    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["iss"], pool.issuer());
    assert_eq!(access["cognito:groups"], json!(["coach"]));

    let grant = auth::Command::Grant { email: EMAIL.to_owned(), role: "admin".to_owned() };
    grant.run_on(&auth.database.pool("auth")).await.unwrap();
    let renewed = refresh(&auth, &tokens).await.expect(200);
    let ours = claims(&renewed["access_token"]);
    assert_eq!(
        (&ours["iss"], &ours["sid"]),
        (&json!("http://localhost:8000"), &access["origin_jti"])
    );
    assert_eq!(ours["roles"], json!(["admin", "coach", "member"]));
    assert!(renewed["id_token"].is_string());
    assert!(renewed["expires_in"].as_i64().unwrap() <= 600);
}
