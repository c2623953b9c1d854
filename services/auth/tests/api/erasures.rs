//! Leaving for good, and the receipt.

use std::time::Duration;

use contracts::UserId;
use contracts::events::{Event, MemberErasureDone};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Asker, Database, TestService};
use uuid::Uuid;

use crate::{
    AuthService, Member, TABLES, config, execute, log_in, sign_up, somebody, start, start_with,
};

/// Who holds something of members besides auth, in order.
const HOLDERS: [&str; 4] = ["analysis", "catalog", "quest", "sns"];

async fn leave(asker: &Asker<'_>, body: Value) -> Answer {
    Answer::of(asker.request(Method::DELETE, "/api/auth/me").json(&body)).await
}

fn as_themselves<'a>(auth: &'a AuthService, member: &Member) -> Asker<'a> {
    auth.as_session(member.id, member.session_id)
}

pub(crate) async fn look(auth: &AuthService, claim: &Value) -> Answer {
    let path = format!("/api/auth/erasures/{}", claim["id"].as_str().unwrap());
    let request = auth.as_stranger().request(Method::GET, &path);
    Answer::of(request.header("receipt-token", claim["token"].as_str().unwrap())).await
}

/// What each service of the answer has done, by name.
pub(crate) fn done(erasure: &Value) -> Vec<(&str, bool)> {
    let services = erasure["services"].as_array().unwrap();
    let done = |service: &Value| !service["erased_at"].is_null();
    services.iter().map(|service| (service["service"].as_str().unwrap(), done(service))).collect()
}

/// As the administrator: a service says that it has erased a member.
async fn confirm(auth: &AuthService, service: &str, user_id: UserId) {
    let tables = vec![format!("{service}_table")];
    let done = MemberErasureDone { user_id, service: service.to_owned(), tables };
    let insert = format!(
        "INSERT INTO events.log (id, producer, type, user_id, payload)
         VALUES ('{}', '{service}', '{}', '{user_id}', '{}')",
        Uuid::now_v7(),
        MemberErasureDone::TYPE,
        serde_json::to_string(&done).unwrap(),
    );
    as_administrator(auth, &insert).await;
}

async fn as_administrator(auth: &AuthService, sql: &str) -> usize {
    use diesel_async::RunQueryDsl;
    let pool = pg::Pool::new(&pg::Settings::new(auth.database.admin_url())).unwrap();
    diesel::sql_query(sql).execute(&mut pool.get().await.unwrap()).await.unwrap()
}

/// Asks until an answer holds.
async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..1_000 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain until {what}");
}

#[tokio::test]
async fn who_leaves_leaves_nothing_and_takes_the_way_to_a_receipt() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let me = as_themselves(&auth, &member);
    let change = json!({"current": "correct horse battery", "new": "a new password"});
    me.post_once("/api/auth/password", "key", change).await.expect(204);
    me.patch("/api/auth/me", json!({"name": "Minji Kim"})).await.expect(200);
    log_in(&auth, "minji@example.com", "wrong").await.expect(401);

    let left = leave(&me, json!({"password": "a new password"})).await;
    let claim = left.expect(202);
    assert_eq!(left.headers["cache-control"], "no-store");
    let path = format!("/api/auth/erasures/{}", claim["id"].as_str().unwrap());
    assert_eq!(left.headers["location"], path);

    for table in ["users", "sessions", "idempotency_keys", "login_failures"] {
        assert_eq!(execute(&auth, &format!("SELECT FROM {table}")).await, 0, "{table}");
    }
    let told = "SELECT FROM events.log l WHERE l::text LIKE '%Minji%' OR l::text LIKE '%민지%'";
    assert_eq!(as_administrator(&auth, told).await, 0, "the log tells nobody's name any more");
    log_in(&auth, "minji@example.com", "a new password").await.expect(401);
    me.get("/api/auth/me").await.expect_problem(404, "not-found");
    let again = leave(&me, json!({"password": "a new password"})).await;
    again.expect_problem(404, "not-found");

    let pending = look(&auth, &claim).await;
    assert_eq!(pending.headers["cache-control"], "no-store");
    let pending = pending.expect(200);
    assert_eq!((&pending["state"], &pending["receipt"]), (&json!("pending"), &Value::Null));
    assert_eq!(pending["user_id"], member.id.to_string());
    let services =
        [("analysis", false), ("auth", true), ("catalog", false), ("quest", false), ("sns", false)];
    assert_eq!(done(&pending), services);
}

#[tokio::test]
async fn only_who_holds_the_token_sees_an_erasure() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let password = json!({"password": "correct horse battery"});
    let claim = leave(&as_themselves(&auth, &member), password).await.expect(202);
    look(&auth, &claim).await.expect(200);

    let path = format!("/api/auth/erasures/{}", claim["id"].as_str().unwrap());
    auth.as_stranger().get(&path).await.expect_problem(404, "not-found");
    as_themselves(&auth, &member).get(&path).await.expect_problem(404, "not-found");
    for (field, other) in [
        ("token", ""),
        ("token", "7kq1Vw9fYd0hV2cYlq1fQkYf0b8mZk6W3n2J5rT4uXo"),
        ("id", "0193f2a0-0000-7000-8000-000000000000"),
    ] {
        let mut wrong = claim.clone();
        wrong[field] = json!(other);
        look(&auth, &wrong).await.expect_problem(404, "not-found");
    }
    let kept = format!(
        "SELECT FROM erasure_receipts r WHERE r::text LIKE '%{}%'",
        claim["token"].as_str().unwrap()
    );
    assert_eq!(execute(&auth, &kept).await, 0, "only the token's hash is kept");
}

#[tokio::test]
async fn the_receipt_comes_when_all_have_confirmed_and_is_signed_and_no_token() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let password = json!({"password": "correct horse battery"});
    let claim = leave(&as_themselves(&auth, &member), password).await.expect(202);
    for (number, service) in HOLDERS.iter().enumerate() {
        assert_eq!(look(&auth, &claim).await.expect(200)["receipt"], Value::Null);
        confirm(&auth, service, member.id).await;
        until("it is noted", async || {
            let erasure = look(&auth, &claim).await.expect(200);
            (done(&erasure).iter().filter(|(_, done)| *done).count() == number + 2).then_some(())
        })
        .await;
    }
    let erasure = look(&auth, &claim).await.expect(200);
    assert_eq!(erasure["state"], "done");
    let receipt = erasure["receipt"].as_str().unwrap();
    assert_eq!(look(&auth, &claim).await.expect(200), erasure, "it is always the same");

    // By what everybody can fetch.
    let keys = auth.as_stranger().get("/.well-known/jwks.json").await.expect(200);
    let header = jsonwebtoken::decode_header(receipt).unwrap();
    assert_eq!(header.typ.as_deref(), Some("erasure-receipt+jwt"));
    assert_eq!(header.kid.as_deref(), keys["keys"][0]["kid"].as_str());
    let key = serde_json::from_value(keys["keys"][0].clone()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(&key).unwrap();
    let claims = jsonwebtoken::decode::<Value>(receipt, &key, &validation).unwrap().claims;
    let erased = |service: &Value| {
        let mut erased = service.clone();
        erased.as_object_mut().unwrap().remove("erased_at").unwrap();
        erased
    };
    let services: Vec<_> = claims["services"].as_array().unwrap().iter().map(erased).collect();
    assert_eq!(
        services,
        [
            json!({"service": "analysis", "tables": ["analysis_table"]}),
            json!({"service": "auth", "tables": ["sessions", "identities", "mail_tokens", "sign_in_codes", "users", "idempotency_keys"]}),
            json!({"service": "catalog", "tables": ["catalog_table"]}),
            json!({"service": "quest", "tables": ["quest_table"]}),
            json!({"service": "sns", "tables": ["sns_table"]}),
        ]
    );
    let now = auth.clock.now();
    assert_eq!(
        claims,
        json!({
            "iss": "http://localhost:8000", "token_use": "erasure-receipt", "jti": claim["id"],
            "sub": member.id, "iat": now.as_second(), "requested_at": erasure["requested_at"],
            "services": erasure["services"],
        }),
        "and nothing else"
    );

    // It is signed with the key of access tokens, and cannot be taken for one.
    let token = json!({"token": receipt});
    let verified = auth.as_service("quest").post("/int/auth/verify", token).await;
    assert_eq!(verified.expect(200)["active"], false);
}

#[tokio::test]
async fn who_leaves_has_to_give_the_password_again() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    let me = as_themselves(&auth, &member);
    let refused = |answer: Answer| {
        assert_eq!(answer.expect_problem(422, "wrong-password"), ["/password"]);
    };
    refused(me.delete("/api/auth/me").await);
    refused(leave(&me, json!({})).await);
    for _ in 0..7 {
        refused(leave(&me, json!({"password": "wrong"})).await);
    }
    log_in(&auth, "minji@example.com", "wrong").await.expect(401);
    // Ten have failed: neither place takes the right one now.
    let right = json!({"password": "correct horse battery"});
    refused(leave(&me, right.clone()).await);
    log_in(&auth, "minji@example.com", "correct horse battery").await.expect(401);
    assert_eq!(execute(&auth, "SELECT FROM users").await, 1);

    auth.clock.advance(SignedDuration::from_mins(16));
    let malformed = leave(&as_themselves(&auth, &member), json!({"passwort": "x"})).await;
    assert_eq!(malformed.expect_problem(400, "malformed-body"), ["/passwort"]);
    leave(&as_themselves(&auth, &member), right).await.expect(202);
}

#[tokio::test]
async fn who_has_no_password_here_has_to_have_signed_in_just_now() {
    let auth = start().await;
    let member = sign_up(&auth, somebody()).await;
    execute(&auth, "UPDATE users SET password_hash = NULL").await;
    auth.clock.advance(SignedDuration::from_secs(5 * 60 + 1));
    // An assertion is of now, the sign-in is not.
    for asker in [as_themselves(&auth, &member), auth.as_session(member.id, Uuid::now_v7())] {
        let refused = leave(&asker, json!({"password": ""})).await;
        refused.expect_problem(401, "sign-in-too-old");
        let asked = refused.headers["www-authenticate"].to_str().unwrap();
        assert!(asked.contains("insufficient_user_authentication"), "{asked}");
    }
    assert_eq!(execute(&auth, "SELECT FROM users").await, 1);
    execute(&auth, "UPDATE sessions SET created_at = created_at + interval '1 second'").await;
    leave(&as_themselves(&auth, &member), json!({})).await.expect(202);
}

#[tokio::test]
async fn what_is_late_is_seen_and_asked_for_again_until_it_is_done() {
    let auth = start_with([("ERASURE_RETRY", "1")]).await;
    let member = sign_up(&auth, somebody()).await;
    let password = json!({"password": "correct horse battery"});
    let claim = leave(&as_themselves(&auth, &member), password).await.expect(202);
    let asked = format!(
        "SELECT FROM events.log WHERE type = 'member.erased' AND user_id = '{}'",
        member.id
    );
    assert_eq!(as_administrator(&auth, &asked).await, 1);
    confirm(&auth, "catalog", member.id).await;
    confirm(&auth, "quest", member.id).await;
    confirm(&auth, "sns", member.id).await;
    // The wait doubles: a second, then as long as it has taken so far.
    for (seconds, times) in [(1, 2), (1, 3), (2, 4), (4, 5)] {
        auth.clock.advance(SignedDuration::from_millis(seconds * 1_000 - 100));
        // There is a look every second.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(as_administrator(&auth, &asked).await, times - 1, "not before its time");
        auth.clock.advance(SignedDuration::from_millis(100));
        let is_asked = async || as_administrator(&auth, &asked).await == times;
        until("it is asked again", async || is_asked().await.then_some(())).await;
    }
    auth.clock.advance(SignedDuration::from_hours(1_000));
    until("it is seen", async || {
        let metrics = auth.as_stranger().get("/metrics").await;
        let metrics = String::from_utf8(metrics.body).unwrap();
        let lines = [
            "auth_erasures_unconfirmed{service=\"analysis\"} 1\n",
            "auth_erasures_oldest_unconfirmed_seconds{service=\"analysis\"} 36000",
        ];
        lines.iter().all(|line| metrics.contains(line)).then_some(())
    })
    .await;
    let late = look(&auth, &claim).await.expect(200);
    let services =
        [("analysis", false), ("auth", true), ("catalog", true), ("quest", true), ("sns", true)];
    assert_eq!(done(&late), services);

    // What was confirmed first holds.
    let first = late["services"][3].clone();
    confirm(&auth, "quest", member.id).await;
    confirm(&auth, "analysis", member.id).await;
    let over = until("it is done", async || {
        let erasure = look(&auth, &claim).await.expect(200);
        (erasure["state"] == "done").then_some(erasure)
    })
    .await;
    assert_eq!(over["services"][3], first);
    let times = as_administrator(&auth, &asked).await;
    auth.clock.advance(SignedDuration::from_hours(1_000));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(as_administrator(&auth, &asked).await, times, "nobody is asked any more");
}

#[tokio::test]
async fn a_receipt_is_not_kept_for_ever_and_an_open_erasure_is() {
    let database = Database::create(TABLES).await;
    let (old, open, young) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    {
        use diesel_async::SimpleAsyncConnection;
        let mut conn = database.pool("auth").get().await.unwrap();
        for (user_id, days, done) in [(old, 91, "now()"), (open, 91, "NULL"), (young, 89, "now()")]
        {
            let insert = format!(
                "INSERT INTO erasure_receipts (id, user_id, token_hash, requested_at)
                     VALUES (gen_random_uuid(), '{user_id}', '', now() - interval '{days} days');
                 INSERT INTO erasures (user_id, service, requested_at, done_at)
                     VALUES ('{user_id}', 'quest', now() - interval '{days} days', {done})"
            );
            conn.batch_execute(&insert).await.unwrap();
        }
    }
    let clock = chassis::Clock::system();
    let auth: AuthService = TestService::start_at(database, clock, config([])).await;
    for table in ["erasure_receipts", "erasures"] {
        let of = |user_id: Uuid| format!("SELECT FROM {table} WHERE user_id = '{user_id}'");
        let gone = async || execute(&auth, &of(old)).await == 0;
        until("it is forgotten", async || gone().await.then_some(())).await;
        assert_eq!(execute(&auth, &of(open)).await, 1, "{table}");
        assert_eq!(execute(&auth, &of(young)).await, 1, "{table}");
    }
}
