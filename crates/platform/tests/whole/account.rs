//! The whole account: everything of a member to take along, and nothing of them left.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;
use zip::ZipArchive;

use crate::platform::Platform;
use crate::{Member, sign_up, take_test, until};

/// What a member's archive leaves out, and why: the list is in `docs/account.md` too.
const NOT_EXPORTED: [(&str, &str); 14] = [
    ("analysis.erasures", "of members who are gone"),
    ("analysis.idempotency_keys", "copies of answers, for a day"),
    ("auth.erasure_receipts", "of members who are gone"),
    ("auth.erasures", "of members who are gone"),
    ("auth.idempotency_keys", "copies of answers, for a day"),
    ("auth.mail_tokens", "good for a letter, for three days at most"),
    ("auth.role_holders", "an index of `users.roles`"),
    ("auth.sign_in_codes", "good for one sign-in, for a minute"),
    ("catalog.idempotency_keys", "copies of answers, for a day"),
    ("quest.erasures", "of members who are gone"),
    ("quest.idempotency_keys", "copies of answers, for a day"),
    ("sns.erasures", "of members who are gone"),
    ("sns.idempotency_keys", "copies of answers, for a day"),
    ("sns.sns_rounds", "good for one round to a provider, for ten minutes"),
];

/// Columns of exported tables that are not told.
const SECRET: [(&str, &str); 3] =
    [("auth.users", "password_hash"), ("sns.sns_tokens", "key_id"), ("sns.sns_tokens", "sealed")];

/// Where an erased member's id still stands, and why.
const REMEMBERED: [(&str, &str); 7] = [
    ("analysis.erasures", "a late event must not bring them back; for a day"),
    ("auth.audit_log", "who did what"),
    ("auth.erasure_receipts", "the receipt, for 90 days"),
    ("auth.erasures", "the receipt, for 90 days"),
    ("events.log", "that they were erased and who has confirmed, for 7 days"),
    ("quest.erasures", "a late event must not bring them back; for a day"),
    ("sns.erasures", "a late event must not bring them back; for a day"),
];

fn names<const N: usize>(list: [(&str, &str); N]) -> BTreeSet<String> {
    list.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// A member with something in every service.
async fn somebody(platform: &Platform, name: &str) -> Member {
    let member = sign_up(platform, name).await;
    let token = Some(member.token.as_str());
    let result = take_test(platform, &member).await;
    let check = json!({
        "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
        "note": format!("{name} slept badly"),
    });
    platform.post("/api/self-check/submit", token, check).await.expect(201);
    let home = until(async || {
        let home = platform.get("/api/home", token).await.expect(200);
        (home["character"]["key"] == result["character_key"]).then_some(home)
    })
    .await;
    let quest = format!("/api/quests/{}/complete", home["quests"][0]["id"].as_str().unwrap());
    platform.post(&quest, token, json!({})).await.expect(200);
    let goal = json!({"trait": "openness", "direction": "more"});
    platform.send(&Method::PUT, "/api/quests/goal", token, &goal).await.expect(200);
    // Nothing may be fetched from there.
    let account = json!({"channel": "feed", "address": format!("http://127.0.0.1:9/{name}")});
    let account = platform.post("/api/me/sns-accounts", token, account).await.expect(201);
    let import = json!({"account_id": account["id"]});
    platform.post("/api/sns/import", token, import).await.expect(202);
    // As if a post had been read, and as if they had signed in with an account elsewhere.
    let read = format!(
        "WITH post AS (INSERT INTO sns.sns_posts VALUES ('{0}', gen_random_uuid(), 'x', now(), '{{}}') RETURNING 1),
              token AS (INSERT INTO sns.sns_tokens VALUES ('{0}', gen_random_uuid(), 'instagram', 'k', 'x', NULL, '{{}}')
                        RETURNING 1)
         SELECT '' AS found FROM post, token",
        member.id
    );
    assert_eq!(platform.query(&read).await.len(), 1);
    let linked = format!(
        "INSERT INTO auth.identities VALUES ('https://accounts.example', '{name}', '{}', now()) RETURNING '' AS found",
        member.id
    );
    assert_eq!(platform.query(&linked).await.len(), 1);
    // What they did reaches the others by events.
    let completed = format!(
        "SELECT '' AS found FROM analysis.completed_quests WHERE user_id = '{}'",
        member.id
    );
    until(async || (!platform.query(&completed).await.is_empty()).then_some(())).await;
    member
}

/// Leaves, and gives the way to the receipt.
async fn leave(platform: &Platform, member: &Member) -> Value {
    let request = platform.request(Method::DELETE, "/api/auth/me", Some(&member.token));
    Answer::of(request.json(&json!({"password": "correct horse battery"}))).await.expect(202)
}

async fn look(platform: &Platform, claim: &Value) -> Value {
    let path = format!("/api/auth/erasures/{}", claim["id"].as_str().unwrap());
    let request = platform.request(Method::GET, &path, None);
    Answer::of(request.header("receipt-token", claim["token"].as_str().unwrap())).await.expect(200)
}

async fn until_done(platform: &Platform, claim: &Value) -> Value {
    until(async || {
        let erasure = look(platform, claim).await;
        (erasure["state"] == "done").then_some(erasure)
    })
    .await
}

/// Who has not confirmed yet.
fn late(erasure: &Value) -> Vec<&str> {
    let services = erasure["services"].as_array().unwrap().iter();
    let late = services.filter(|service| service["erased_at"].is_null());
    late.map(|service| service["service"].as_str().unwrap()).collect()
}

/// The rows of an archive by `service.table`.
fn tables(archive: &[u8]) -> BTreeMap<String, Vec<Value>> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut read = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let mut tables = BTreeMap::new();
    for file in read("manifest.json")["files"].as_array().unwrap() {
        let service = file["service"].as_str().unwrap();
        let told = read(file["name"].as_str().unwrap());
        for (table, rows) in told["tables"].as_object().unwrap() {
            let rows = rows.as_array().unwrap().clone();
            assert_eq!(file["rows"][table], rows.len(), "{service}.{table}");
            tables.insert(format!("{service}.{table}"), rows);
        }
    }
    tables
}

#[tokio::test]
async fn an_export_holds_every_table_and_column_that_names_a_member() {
    let platform = Platform::start().await;
    let (mine, _) = (somebody(&platform, "mine").await, somebody(&platform, "other").await);
    let answer = platform.get("/api/auth/me/export", Some(&mine.token)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let tables = tables(&answer.body);

    let named = "SELECT table_schema || '.' || table_name AS found FROM information_schema.columns
         WHERE column_name = 'user_id' AND table_schema <> 'events'";
    let named: BTreeSet<_> = platform.query(named).await.into_iter().collect();
    let mut told: BTreeSet<_> = tables.keys().cloned().collect();
    for other in ["auth.users", "auth.audit_log"] {
        assert!(told.remove(other), "{other} names its member otherwise");
    }
    told.extend(names(NOT_EXPORTED));
    assert_eq!(told, named);

    let empty = ["analysis.member_topics", "quest.pauses"];
    for (table, rows) in &tables {
        let Some(row) = rows.first() else {
            assert!(empty.contains(&table.as_str()), "{table} has nothing to look at");
            continue;
        };
        let columns = format!(
            "SELECT column_name AS found FROM information_schema.columns
             WHERE table_schema || '.' || table_name = '{table}' AND column_name <> 'user_id'"
        );
        let mut columns: BTreeSet<_> = platform.query(&columns).await.into_iter().collect();
        for (_, secret) in SECRET.iter().filter(|(of, _)| of == table) {
            assert!(columns.remove(*secret));
        }
        let told: BTreeSet<_> = row.as_object().unwrap().keys().cloned().collect();
        assert_eq!(told, columns, "{table}");
    }
    let text = serde_json::to_string(&tables).unwrap();
    assert!(text.contains("mine slept badly"), "{text}");
    assert!(!text.contains("other"), "nothing of anybody else");
}

#[tokio::test]
async fn who_is_erased_is_gone_everywhere_but_where_it_is_remembered_that_they_are() {
    let platform = Platform::start().await;
    let gone = somebody(&platform, "zofia").await;
    let stays = somebody(&platform, "minji").await;
    let before = platform.tables_with(&stays.id).await;
    assert!(before.len() > 15, "{before:?}");
    assert_eq!(platform.tables_with(&gone.id).await, before);

    let claim = leave(&platform, &gone).await;
    let erasure = until_done(&platform, &claim).await;
    let services = erasure["services"].as_array().unwrap();
    let services: Vec<_> = services.iter().map(|one| one["service"].as_str().unwrap()).collect();
    assert_eq!(services, ["analysis", "auth", "catalog", "quest", "sns"]);

    let found: BTreeSet<_> = platform.tables_with(&gone.id).await.into_iter().collect();
    assert_eq!(found, names(REMEMBERED));
    let told = format!(
        "SELECT DISTINCT type AS found FROM events.log l WHERE l::text LIKE '%{}%' ORDER BY 1",
        gone.id
    );
    assert_eq!(platform.query(&told).await, ["member.erased", "member.erasure_done"]);
    assert_eq!(platform.tables_with("zofia").await, Vec::<String>::new(), "name, address, note");
    assert_eq!(platform.tables_with(&stays.id).await, before);
    assert!(!platform.tables_with("minji slept badly").await.is_empty());
}

#[tokio::test]
async fn a_receipt_opens_no_door() {
    let platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let claim = leave(&platform, &member).await;
    let erasure = until_done(&platform, &claim).await;
    let receipt = erasure["receipt"].as_str();
    assert!(receipt.is_some());
    platform.get("/api/auth/me", receipt).await.expect_problem(401, "unauthenticated");
    platform.get("/api/home", receipt).await.expect_problem(401, "unauthenticated");
    let token = claim["token"].as_str();
    platform.get("/api/auth/me", token).await.expect_problem(401, "unauthenticated");
    // The last access token of the member opens none either.
    until(async || {
        (platform.get("/api/home", Some(&member.token)).await.status == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_service_that_was_away_during_an_erasure_confirms_it_when_it_is_back() {
    let mut platform = Platform::start().await;
    let member = somebody(&platform, "zofia").await;
    platform.stop("quest").await;
    let claim = leave(&platform, &member).await;
    until(async || (late(&look(&platform, &claim).await) == ["quest"]).then_some(())).await;
    assert_eq!(look(&platform, &claim).await["receipt"], Value::Null);
    platform.start_again("quest").await;
    until_done(&platform, &claim).await;
    assert_eq!(platform.tables_with("zofia").await, Vec::<String>::new());
}

/// It takes a snapshot and follows the log from then on: what was asked for before, it can only hear by being asked again.
#[tokio::test]
async fn a_service_that_first_listens_after_an_erasure_hears_of_it_too() {
    let mut platform = Platform::start().await;
    let member = somebody(&platform, "zofia").await;
    platform.stop("quest").await;
    let forgotten =
        "DELETE FROM events.cursors WHERE consumer = 'quest' RETURNING consumer AS found";
    assert_eq!(platform.query(forgotten).await, ["quest"]);
    let claim = leave(&platform, &member).await;
    until(async || (late(&look(&platform, &claim).await) == ["quest"]).then_some(())).await;
    platform.start_again("quest").await;
    until_done(&platform, &claim).await;
    assert_eq!(platform.tables_with("zofia").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_export_names_who_is_away_and_is_whole_when_they_are_back() {
    let mut platform = Platform::start().await;
    let member = somebody(&platform, "minji").await;
    let token = Some(member.token.as_str());
    platform.stop("analysis").await;
    let away = platform.get("/api/auth/me/export", token).await;
    away.expect_problem(503, "unavailable");
    assert!(away.json()["detail"].as_str().unwrap().starts_with("analysis "), "{away:?}");
    platform.start_again("analysis").await;
    let tables = until(async || {
        let answer = platform.get("/api/auth/me/export", token).await;
        (answer.status == 200).then(|| tables(&answer.body))
    })
    .await;
    assert_eq!(tables["analysis.self_check_entries"][0]["note"], "minji slept badly");
}

#[tokio::test]
async fn an_operator_erases_like_a_member() {
    let platform = Platform::start().await;
    let member = somebody(&platform, "zofia").await;
    platform.erase("zofia@example.com").await;
    until(async || (platform.open_erasures().await == 0).then_some(())).await;
    let found: BTreeSet<_> = platform.tables_with(&member.id).await.into_iter().collect();
    assert_eq!(found, names(REMEMBERED));
}
