//! Proving that an address is one's own.

use jiff::SignedDuration;
use serde_json::json;
use testkit::Answer;

use crate::post::Folder;
use crate::{AuthService, execute, sign_up, somebody, somebody_with, start_with};

const MINJI: &str = "minji@example.com";
const PAGE: &str = "verify-email";

async fn verify(auth: &AuthService, token: &str) -> Answer {
    auth.as_stranger().post("/api/auth/email/verify", json!({"token": token})).await
}

#[tokio::test]
async fn the_letter_of_a_sign_up_proves_the_address_once() {
    let folder = Folder::new();
    let settings = [("MAIL_FOLDER", folder.path()), ("PAGES_URL", "https://app.example.org/")];
    let auth = start_with(settings).await;
    let minji = sign_up(&auth, somebody()).await;
    let me = auth.as_member(minji.id);
    assert_eq!(me.get("/api/auth/me").await.expect(200)["email_verified"], false);

    let token = folder.token(MINJI, PAGE, 1).await;
    let letter = folder.letters().pop().unwrap();
    assert!(letter.contains(&format!("https://app.example.org/verify-email#token={token}\r\n")));
    assert!(letter.contains("이 이메일 주소가 본인의 것임을"), "{letter}");
    assert!(letter.contains("Auto-Submitted: auto-generated\r\n"), "{letter}");
    assert!(!letter.contains("민지"), "a name is what a stranger wrote: {letter}");

    verify(&auth, &token).await.expect(204);
    assert_eq!(me.get("/api/auth/me").await.expect(200)["email_verified"], true);
    let noted = "SELECT FROM audit_log WHERE action = 'email.verified' AND actor_kind = 'member'";
    assert_eq!(execute(&auth, noted).await, 1);
    let again = verify(&auth, &token).await;
    assert_eq!(again.expect_problem(422, "mail-token-refused"), ["/token"]);
    let answer = me.post("/api/auth/email/verification", json!({})).await;
    answer.expect_problem(409, "email-verified");
}

#[tokio::test]
async fn another_letter_takes_the_place_of_the_last_one() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    let minji = sign_up(&auth, somebody_with("locale", json!("en-GB"))).await;
    let first = folder.token(MINJI, PAGE, 1).await;
    let me = auth.as_member(minji.id);
    me.post("/api/auth/email/verification", json!({})).await.expect(202);
    let second = folder.token(MINJI, PAGE, 2).await;
    assert!(folder.letters()[0].contains("Subject: Confirm your e-mail address for damacorch\r\n"));
    verify(&auth, &first).await.expect_problem(422, "mail-token-refused");
    verify(&auth, &second).await.expect(204);
}

#[tokio::test]
async fn a_letter_is_good_for_three_days_and_for_this_alone() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    sign_up(&auth, somebody()).await;
    let token = folder.token(MINJI, PAGE, 1).await;
    auth.as_stranger().post("/api/auth/password/forgot", json!({"email": MINJI})).await.expect(202);
    let other = folder.token(MINJI, "reset-password", 1).await;
    for wrong in ["", "nonsense", &other] {
        verify(&auth, wrong).await.expect_problem(422, "mail-token-refused");
    }
    auth.clock.advance(SignedDuration::from_hours(72));
    verify(&auth, &token).await.expect_problem(422, "mail-token-refused");
}

#[tokio::test]
async fn an_address_that_was_taken_gets_no_letter() {
    let folder = Folder::new();
    let auth = start_with([("MAIL_FOLDER", folder.path())]).await;
    sign_up(&auth, somebody()).await;
    folder.token(MINJI, PAGE, 1).await;
    auth.as_stranger().post("/api/auth/signup", somebody()).await.expect(409);
    let other = somebody_with("email", json!("other@example.com"));
    sign_up(&auth, other).await;
    folder.token("other@example.com", PAGE, 1).await;
    assert_eq!(folder.letters().len(), 2);
}
