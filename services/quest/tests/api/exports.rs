//! What is told of a member for their archive.

use std::collections::BTreeMap;

use contracts::UserId;
use contracts::exports::{ExportPage, TableRows};
use serde_json::Value;

use crate::World;
use crate::erasure::{rows_of, somebody};

/// Everything of a member, by table, in pages of so many rows.
async fn told(world: &World, user_id: UserId, limit: usize) -> BTreeMap<String, Vec<Value>> {
    let (mut told, mut after) = (BTreeMap::<_, Vec<Value>>::new(), String::new());
    for _ in 0..1_000 {
        let path = format!("/int/quest/members/{user_id}/export?limit={limit}{after}");
        let page: ExportPage = world.quest.as_service("auth").get(&path).await.read();
        assert!(page.tables.iter().map(|part| part.rows.len()).sum::<usize>() <= limit);
        for TableRows { table, rows } in page.tables {
            told.entry(table).or_default().extend(rows);
        }
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return told,
        }
    }
    panic!("it never ends");
}

#[tokio::test]
async fn every_row_of_a_member_is_told_once_however_small_the_pages() {
    let world = World::start().await;
    let (mine, _) = (somebody(&world).await, somebody(&world).await);
    // Days enough for tables of many rows.
    for _ in 0..3 {
        world.pass(24);
        world.again(mine).get("/api/home").await.expect(200);
    }
    let whole = told(&world, mine, 1000).await;
    let counts = whole.iter().map(|(table, rows)| (table.clone(), rows.len() as i64));
    let held = rows_of(&world, mine).await.into_iter();
    let held: Vec<_> = held.filter(|(table, _)| table != "idempotency_keys").collect();
    assert_eq!(counts.collect::<Vec<_>>(), held);
    assert_eq!((whole["user_quests"].len(), whole["offers"].len()), (12, 4));
    for limit in [1, 2, 5] {
        assert_eq!(told(&world, mine, limit).await, whole, "pages of {limit}");
    }
}

#[tokio::test]
async fn only_auth_is_told_and_only_from_a_place_that_there_is() {
    let world = World::start().await;
    let (nobody, _) = world.stranger();
    let path = format!("/int/quest/members/{nobody}/export");
    for (asker, status) in [
        (world.quest.as_service("analysis"), 403),
        (world.quest.as_service("gateway"), 403),
        (world.again(nobody), 401),
        (world.quest.as_stranger(), 401),
    ] {
        asker.get(&path).await.expect(status);
    }
    let auth = world.quest.as_service("auth");
    let nothing: ExportPage = auth.get(&path).await.read();
    assert!(nothing.tables.iter().all(|table| table.rows.is_empty()), "{nothing:?}");
    auth.get(&format!("{path}?after=e30")).await.expect_problem(400, "malformed-query");
    let named = auth.get(&format!("{path}?limit=0")).await;
    assert_eq!(named.expect_problem(422, "invalid-input"), ["/limit"]);
    // {"table":"nowhere","key":{}}: to tell nothing would leave the rest out.
    let nowhere = format!("{path}?after=eyJ0YWJsZSI6Im5vd2hlcmUiLCJrZXkiOnt9fQ");
    auth.get(&nowhere).await.expect_problem(500, "internal");
}
