//! What an operator does by hand.

use auth::Command;
use serde_json::json;

use crate::{AuthService, execute, sign_up, somebody, start};

async fn run(auth: &AuthService, command: Command) -> Result<(), String> {
    let done = command.run_on(&auth.database.pool("auth")).await;
    done.map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_first_admin_is_made_by_hand_and_the_next_token_says_so() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let grant = |email: &str| Command::Grant { email: email.to_owned(), role: "admin".to_owned() };
    run(&auth, grant("Minji@Example.com")).await.unwrap();
    run(&auth, grant("minji@example.com")).await.unwrap();
    let nobody = run(&auth, grant("nobody@example.com")).await;
    assert_eq!(nobody.unwrap_err(), "no such member");
    let noted = format!(
        "SELECT FROM audit_log WHERE actor_kind = 'operator' AND action = 'role.granted' AND subject = '{}'",
        member.id
    );
    assert_eq!(execute(&auth, &noted).await, 1, "granted twice, given once");

    let body = json!({"refresh_token": member.refresh_token});
    let refreshed = auth.as_stranger().post("/api/auth/refresh", body).await;
    let token = refreshed.expect(200)["access_token"].clone();
    let verified = auth.as_service("quest").post("/int/auth/verify", json!({"token": token})).await;
    assert_eq!(verified.expect(200)["roles"], json!(["admin", "member"]));
}

#[tokio::test]
async fn an_erased_member_leaves_nothing_and_is_signed_out() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let me = auth.as_session(member.id, member.session_id);
    let change = json!({"current": "correct horse battery", "new": "a new password"});
    me.post_once("/api/auth/password", "key", change).await.expect(204);
    let erase = Command::Erase { email: "minji@example.com".to_owned() };
    run(&auth, erase).await.unwrap();

    for table in ["users", "sessions", "idempotency_keys"] {
        assert_eq!(execute(&auth, &format!("SELECT FROM {table}")).await, 0, "{table}");
    }
    let told = "SELECT FROM events.consumers WHERE type = 'member.erased'";
    let asked =
        format!("{told} AND service IN (SELECT service FROM erasures WHERE done_at IS NULL)");
    assert_eq!(execute(&auth, &asked).await, execute(&auth, told).await, "all have to confirm it");
    let ended = auth.as_service("gateway").get("/int/auth/revocations").await.expect(200);
    assert_eq!(ended["items"][0]["sid"], member.session_id.to_string());
}
