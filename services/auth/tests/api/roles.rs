//! What members may be, as data; and what they may make of themselves.

use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::{AuthService, execute, sign_up, somebody, start};

/// Rows that only the owner of the tables may write.
async fn as_owner(auth: &AuthService, sql: &str) {
    let pool = pg::Pool::new(&pg::Settings::new(auth.database.owner_url("auth"))).unwrap();
    diesel::sql_query(sql).execute(&mut pool.get().await.unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_member_takes_a_role_that_is_open_and_the_next_token_says_so() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let me = auth.as_member(member.id);
    for _ in 0..2 {
        let taken = me.post("/api/auth/me/roles", json!({"role": "artist"})).await;
        assert_eq!(taken.expect(200)["roles"], json!(["member", "artist"]));
    }
    let noted = format!(
        "SELECT FROM audit_log WHERE action = 'role.taken' AND actor = '{0}' AND subject = '{0}'
         AND detail = '{{\"role\": \"artist\"}}'",
        member.id
    );
    assert_eq!(execute(&auth, &noted).await, 1, "asked twice, taken once");
    let body = json!({"refresh_token": member.refresh_token});
    let refreshed = auth.as_stranger().post("/api/auth/refresh", body).await.expect(200);
    let token = json!({"token": refreshed["access_token"]});
    let verified = auth.as_service("quest").post("/int/auth/verify", token).await.expect(200);
    assert_eq!(verified["roles"], json!(["artist", "member"]));
}

#[tokio::test]
async fn other_roles_are_not_for_members_to_take() {
    let auth = start().await;
    let me = sign_up(&auth, somebody()).await;
    let me = auth.as_member(me.id);
    let take = async |role: &str| me.post("/api/auth/me/roles", json!({"role": role})).await;
    for role in ["admin", "mentor", "mentee", "doctor", "nurse"] {
        take(role).await.expect_problem(403, "role-not-open");
    }
    assert_eq!(take("king").await.expect_problem(422, "invalid-input"), ["/role"]);
    let more = json!({"role": "artist", "user_id": "0193f2a0-0000-7000-8000-000000000000"});
    let named = me.post("/api/auth/me/roles", more).await.expect_problem(400, "malformed-body");
    assert_eq!(named, ["/user_id"]);
    assert_eq!(me.get("/api/auth/me").await.expect(200)["roles"], json!(["member"]));
}

#[tokio::test]
async fn a_role_and_its_rule_are_rows_and_no_code() {
    let auth = start().await;
    as_owner(&auth, "INSERT INTO roles VALUES ('gardener', NULL), ('head-gardener', 'gardener')")
        .await;
    let member = sign_up(&auth, somebody()).await;
    let me = auth.as_member(member.id);
    let take = async || me.post("/api/auth/me/roles", json!({"role": "head-gardener"})).await;
    take().await.expect_problem(403, "role-not-open");
    let grant =
        auth::Command::Grant { email: "minji@example.com".to_owned(), role: "gardener".to_owned() };
    grant.run_on(&auth.database.pool("auth")).await.unwrap();
    let roles = take().await.expect(200)["roles"].clone();
    assert_eq!(roles, json!(["member", "gardener", "head-gardener"]));

    let unknown =
        auth::Command::Grant { email: "minji@example.com".to_owned(), role: "king".to_owned() };
    let refused = unknown.run_on(&auth.database.pool("auth")).await;
    assert_eq!(refused.unwrap_err().to_string(), "there is no such role");
}

#[tokio::test]
async fn the_service_itself_cannot_change_what_a_role_is() {
    let auth = start().await;
    let mut conn = auth.database.pool("auth").get().await.unwrap();
    for sql in [
        "UPDATE roles SET open_to = 'member' WHERE name = 'admin'",
        "DELETE FROM roles WHERE name = 'nurse'",
        "TRUNCATE roles",
    ] {
        let refused = diesel::sql_query(sql).execute(&mut conn).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{sql}: {refused}");
    }
    let unknown = "UPDATE users SET roles = '{member,king}'";
    sign_up(&auth, somebody()).await;
    let refused = diesel::sql_query(unknown).execute(&mut conn).await.unwrap_err();
    assert_eq!(pg::violated_constraint(&refused), Some("role_holders_role_fkey"));
}
