//! A new password for who has forgotten theirs.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::Answer;

use crate::post::Folder;
use crate::{AuthService, execute, log_in, member, sign_up, somebody, start, start_with};

const MINJI: &str = "minji@example.com";
const PAGE: &str = "reset-password";

async fn forgot(auth: &AuthService, email: &str) -> Answer {
    auth.as_stranger().post("/api/auth/password/forgot", json!({"email": email})).await
}

async fn reset(auth: &AuthService, token: &str, new: &str) -> Answer {
    let body = json!({"token": token, "new": new});
    auth.as_stranger().post("/api/auth/password/reset", body).await
}

fn refused(answer: &Answer) {
    assert_eq!(answer.expect_problem(422, "mail-token-refused"), ["/token"]);
}

#[tokio::test]
async fn a_letter_brings_a_new_password_and_all_sessions_end() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    let first = sign_up(&auth, somebody()).await;
    let second = member(&log_in(&auth, MINJI, "correct horse battery").await.expect(200));

    // As at a sign-in, case does not matter.
    forgot(&auth, "Minji@Example.COM").await.expect(202);
    let token = folder.token(MINJI, PAGE, 1).await;
    for table in ["mail_tokens", "quotas", "users", "sessions"] {
        let kept = format!("SELECT FROM {table} t WHERE t::text LIKE '%{token}%'");
        assert_eq!(execute(&auth, &kept).await, 0, "{table}");
    }
    reset(&auth, &token, "a new password").await.expect(204);

    log_in(&auth, MINJI, "correct horse battery").await.expect_problem(401, "wrong-credentials");
    let user = log_in(&auth, MINJI, "a new password").await.expect(200)["user"].clone();
    assert_eq!(user["email_verified"], true, "who has read the letter has the address");
    for ended in [&first, &second] {
        let body = json!({"refresh_token": ended.refresh_token});
        auth.as_stranger().post("/api/auth/refresh", body).await.expect(401);
    }
    let told = auth.as_service("gateway").get("/int/auth/revocations").await.expect(200);
    assert_eq!(told["items"].as_array().unwrap().len(), 2, "{told}");
    let noted = format!(
        "SELECT FROM audit_log WHERE action = 'password.reset' AND subject = '{}'",
        first.id
    );
    assert_eq!(execute(&auth, &noted).await, 1);
    refused(&reset(&auth, &token, "another new password").await);
}

#[tokio::test]
async fn of_many_who_come_with_one_token_at_once_one_is_let_in() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    sign_up(&auth, somebody()).await;
    forgot(&auth, MINJI).await.expect(202);
    let token = folder.token(MINJI, PAGE, 1).await;
    let passwords: Vec<String> = (0..20).map(|n| format!("a new password {n}")).collect();
    let answers = join_all(passwords.iter().map(|new| reset(&auth, &token, new))).await;
    let let_in: Vec<_> =
        answers.iter().zip(&passwords).filter(|(answer, _)| answer.status == 204).collect();
    assert_eq!(let_in.len(), 1);
    answers.iter().filter(|answer| answer.status != 204).for_each(refused);
    log_in(&auth, MINJI, let_in[0].1).await.expect(200);
}

#[tokio::test]
async fn a_newer_token_a_change_of_password_and_time_make_one_worthless() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    let minji = sign_up(&auth, somebody()).await;
    forgot(&auth, MINJI).await.expect(202);
    let first = folder.token(MINJI, PAGE, 1).await;
    forgot(&auth, MINJI).await.expect(202);
    let second = folder.token(MINJI, PAGE, 2).await;
    refused(&reset(&auth, &first, "a new password").await);

    let me = auth.as_session(minji.id, minji.session_id);
    let change = json!({"current": "correct horse battery", "new": "the next password"});
    me.post("/api/auth/password", change).await.expect(204);
    refused(&reset(&auth, &second, "a new password").await);

    forgot(&auth, MINJI).await.expect(202);
    let third = folder.token(MINJI, PAGE, 3).await;
    auth.clock.advance(SignedDuration::from_mins(60));
    refused(&reset(&auth, &third, "a new password").await);
    log_in(&auth, MINJI, "the next password").await.expect(200);
}

#[tokio::test]
async fn an_unknown_address_is_answered_alike_and_gets_nothing() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    sign_up(&auth, somebody()).await;
    let known = forgot(&auth, MINJI).await;
    let unknown = forgot(&auth, "nobody@example.com").await;
    let without_id = |answer: Answer| {
        let mut headers = answer.headers;
        for name in ["x-request-id", "date"] {
            headers.remove(name);
        }
        (answer.status, headers, answer.body)
    };
    assert_eq!(without_id(known), without_id(unknown));
    folder.token(MINJI, PAGE, 1).await;
    // Both were written down; what is nobody's is gone once somebody has looked at it.
    for _ in 0..500 {
        if execute(&auth, "SELECT FROM mail_tokens WHERE user_id IS NULL").await == 0 {
            assert_eq!(folder.letters().len(), 2, "one for the sign-up, one for the reset");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("what nobody gets waits for ever");
}

#[tokio::test]
async fn asking_for_nobody_writes_as_much_as_asking_for_somebody() {
    // Without a post, so that letters stay where they were written.
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    let written = async || {
        let mut written = Vec::new();
        for table in ["mail_tokens WHERE purpose = 'password_reset'", "quotas"] {
            written.push(execute(&auth, &format!("SELECT FROM {table}")).await);
        }
        written
    };
    let before = written().await;
    forgot(&auth, MINJI).await.expect(202);
    let known = written().await;
    forgot(&auth, "nobody@example.com").await.expect(202);
    let unknown = written().await;
    // The first has begun the quota of the address as well.
    assert_eq!([known[0] - before[0], unknown[0] - known[0]], [1, 1]);
    assert_eq!([known[1] - before[1], unknown[1] - known[1]], [2, 1]);
}

#[tokio::test]
async fn a_password_that_others_hold_is_not_ours_to_reset() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    sign_up(&auth, somebody()).await;
    execute(&auth, "UPDATE users SET cognito_sub = 'theirs', password_hash = NULL").await;
    forgot(&auth, MINJI).await.expect(202);
    let left = "SELECT FROM mail_tokens WHERE purpose = 'password_reset' AND user_id IS NOT NULL";
    assert_eq!(execute(&auth, left).await, 0);
}

#[tokio::test]
async fn other_tokens_reset_nothing_and_every_wrong_field_is_named() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    let minji = sign_up(&auth, somebody()).await;
    let verification = folder.token(MINJI, "verify-email", 1).await;
    for token in ["", "nonsense", &verification, &minji.refresh_token, &minji.access_token] {
        refused(&reset(&auth, token, "a new password").await);
    }
    forgot(&auth, MINJI).await.expect(202);
    let token = folder.token(MINJI, PAGE, 1).await;
    for new in ["short", "password1", &"x".repeat(129)] {
        let answer = reset(&auth, &token, new).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/new"], "{new}");
    }
    let body = json!({"token": token, "new": "a new password", "user_id": minji.id});
    let answer = auth.as_stranger().post("/api/auth/password/reset", body).await;
    assert_eq!(answer.expect_problem(400, "malformed-body"), ["/user_id"]);
    let answer = auth.as_stranger().post("/api/auth/password/forgot", json!({})).await;
    assert_eq!(answer.expect_problem(400, "malformed-body"), ["/email"]);
    reset(&auth, &token, "a new password").await.expect(204);
}

#[tokio::test]
async fn who_has_locked_themselves_out_gets_in_by_a_letter() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    sign_up(&auth, somebody()).await;
    for _ in 0..10 {
        log_in(&auth, MINJI, "a guess at it").await.expect(401);
    }
    forgot(&auth, MINJI).await.expect(202);
    let token = folder.token(MINJI, PAGE, 1).await;
    reset(&auth, &token, "a new password").await.expect(204);
    let user = log_in(&auth, MINJI, "a new password").await.expect(200)["user"].clone();
    assert_ne!(user, Value::Null);
}
