//! The end of a member, and what is told of them for their archive.

use std::collections::BTreeMap;

use contracts::UserId;
use contracts::events::MemberErased;
use contracts::exports::{ExportPage, TableRows};
use serde_json::Value;

use crate::oauth::support::{Provider, begin, connect};
use crate::{World, eventually, somebody};

async fn rows_of(world: &World, user_id: UserId) -> Vec<(String, i64)> {
    let tables = "SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'sns' AND column_name = 'user_id' AND table_name <> 'erasures' ORDER BY 1";
    let mut counted = Vec::new();
    for table in world.rows(tables).await {
        let of = format!("SELECT FROM sns.{table} WHERE user_id = '{user_id}'");
        counted.push((table, world.count(&of).await));
    }
    counted
}

/// A member with something in every table.
async fn anybody(world: &World, who: &str) -> (UserId, Value) {
    let user_id = somebody();
    let account = connect(world, user_id, who).await;
    world.import(user_id, &account).await;
    begin(world, user_id).await;
    let body = serde_json::json!({"channel": "tistory", "address": "minji"});
    world.member(user_id).post_once("/api/me/sns-accounts", "key", body).await.expect(201);
    (user_id, account)
}

#[tokio::test]
async fn an_erased_member_leaves_nothing_and_their_tokens_are_given_back() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (gone, account) = anybody(&world, "zofia").await;
    let (stays, _) = anybody(&world, "minji").await;
    let before = rows_of(&world, gone).await;
    assert!(before.iter().all(|(_, rows)| *rows > 0), "{before:?}");
    let kept = rows_of(&world, stays).await;

    world.tell("auth", &MemberErased { user_id: gone }).await;
    let receipt = format!(
        "SELECT FROM events.log WHERE type = 'member.erasure_done' AND producer = 'sns'
             AND payload->>'user_id' = '{gone}'"
    );
    eventually("the receipt is there", async || world.count(&receipt).await == 1).await;
    let after = rows_of(&world, gone).await;
    assert!(after.iter().all(|(_, rows)| *rows == 0), "{after:?}");
    assert_eq!(rows_of(&world, stays).await, kept);
    // The database asked for it by its own time, which may be ahead of the service's.
    eventually("the provider has heard", async || provider.asked("revoked").await == 1).await;

    // A token of theirs that has not run out brings nothing back.
    let member = world.member(gone);
    let body = serde_json::json!({"channel": "tistory", "address": "minji"});
    member.post("/api/me/sns-accounts", body).await.expect_problem(404, "not-found");
    let body = serde_json::json!({"account_id": account["id"]});
    member.post("/api/sns/import", body).await.expect_problem(404, "not-found");
    member.get("/api/sns/oauth/elsewhere/start").await.expect_problem(404, "not-found");
    let after = rows_of(&world, gone).await;
    assert!(after.iter().all(|(_, rows)| *rows == 0), "{after:?}");
}

#[tokio::test]
async fn every_row_of_a_member_is_told_once_and_no_secret_is() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mine, _) = anybody(&world, "minji").await;
    anybody(&world, "zofia").await;
    let told = async |limit: usize| {
        let (mut told, mut after) = (BTreeMap::<_, Vec<Value>>::new(), String::new());
        loop {
            let path = format!("/int/sns/members/{mine}/export?limit={limit}{after}");
            let page: ExportPage = world.sns.as_service("auth").get(&path).await.read();
            for TableRows { table, rows } in page.tables {
                told.entry(table).or_default().extend(rows);
            }
            let Some(next) = page.next else { return told };
            after = format!("&after={next}");
        }
    };
    let whole = told(1000).await;
    let counts: Vec<_> =
        whole.iter().map(|(table, rows)| (table.clone(), rows.len() as i64)).collect();
    let held = rows_of(&world, mine).await.into_iter();
    let held: Vec<_> =
        held.filter(|(table, _)| table != "idempotency_keys" && table != "sns_rounds").collect();
    assert_eq!(counts, held);
    assert_eq!(told(2).await, whole);
    let token = whole["sns_tokens"][0].as_object().unwrap();
    assert!(!token.contains_key("sealed") && token.contains_key("scopes"), "{token:?}");
}
