//! Who may ask what, and what other services ask.

use std::collections::BTreeMap;

use contracts::UserId;
use contracts::exports::{ExportPage, TableRows};
use serde_json::{Value, json};
use testkit::Answer;

use crate::events::{held, somebody_with_everything};
use crate::{World, full50, mini20, somebody, start, submission};

/// Every route, read from the route table itself: method and path.
fn routes() -> Vec<(&'static str, String)> {
    let table = include_str!("../../src/routes.rs");
    let mut routes = Vec::new();
    for resource in table.split("resource(\"").skip(1) {
        let (path, rest) = resource.split_once("\")").unwrap();
        let path = path.replace("{id}", "0193f2a0-0000-7000-8000-000000000000");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if rest.contains(&format!(".{}(", method.to_lowercase())) {
                routes.push((method, path.clone()));
            }
        }
    }
    routes
}

#[tokio::test]
async fn every_route_refuses_strangers_and_services_are_no_members() {
    let world = start().await;
    let routes = routes();
    assert_eq!(routes.len(), 12, "{routes:?}");
    for (method, path) in &routes {
        let is_internal = path.starts_with("/int/");
        let ask = async |asker: testkit::Asker<'_>| {
            let request = asker.request(method.parse().unwrap(), path).json(&json!({}));
            Answer::of(request).await.status.as_u16()
        };
        assert_eq!(ask(world.analysis.as_stranger()).await, 401, "{method} {path}");
        let as_member = ask(world.as_member(somebody())).await;
        assert_eq!(as_member == 401, is_internal, "{method} {path}: {as_member}");
        let as_service = ask(world.analysis.as_service("quest")).await;
        assert_eq!(as_service == 401, !is_internal, "{method} {path}: {as_service}");
    }
    let other = world.analysis.as_service("catalog");
    other.get("/int/analysis/holds").await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn a_late_service_reads_what_holds_in_pages() {
    let world = start().await;
    let mut members: Vec<_> = (0..3).map(|_| somebody()).collect();
    members.sort();
    for user_id in members.iter().rev() {
        let me = world.as_member(*user_id);
        me.post("/api/psy-test/submit", submission(&mini20(), 0)).await.expect(201);
        me.post("/api/psy-test/submit", submission(&full50(), 1)).await.expect(201);
    }
    let told = world.published("analysis.completed").await;
    let quest = world.analysis.as_service("quest");
    let first = quest.get("/int/analysis/holds?limit=2").await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = quest.get(&format!("/int/analysis/holds?limit=2&after={next}")).await.expect(200);
    assert_eq!(second["next"], json!(null));
    let items = [first, second].map(|page| page["items"].as_array().unwrap().clone()).concat();
    let ids: Vec<_> = items.iter().map(|item| item["user_id"].as_str().unwrap()).collect();
    assert_eq!(ids, members.iter().map(ToString::to_string).collect::<Vec<_>>());
    // The newest of each member, as it was told.
    assert!(items.iter().all(|item| told.contains(item)));
    assert_eq!(items[0], told[5]);

    let named = quest.get("/int/analysis/holds?limit=0").await;
    assert_eq!(named.expect_problem(422, "invalid-input"), ["/limit"]);
}

/// Everything of a member, by table, in pages of so many rows.
async fn told(world: &World, user_id: UserId, limit: usize) -> BTreeMap<String, Vec<Value>> {
    let (mut told, mut after) = (BTreeMap::<_, Vec<Value>>::new(), String::new());
    for _ in 0..1_000 {
        let path = format!("/int/analysis/members/{user_id}/export?limit={limit}{after}");
        let page: ExportPage = world.analysis.as_service("auth").get(&path).await.read();
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
async fn auth_is_told_every_row_of_a_member_once_however_small_the_pages() {
    let world = start().await;
    let mine = somebody_with_everything(&world).await;
    somebody_with_everything(&world).await;
    let me = world.as_member(mine);
    me.post("/api/psy-test/submit", submission(&full50(), 1)).await.expect(201);

    let whole = told(&world, mine, 1000).await;
    let counts = whole.iter().map(|(table, rows)| (table.clone(), rows.len() as i64));
    let held = held(&world, mine).await.into_iter();
    let held: Vec<_> = held.filter(|(table, _)| table != "idempotency_keys").collect();
    assert_eq!(counts.collect::<Vec<_>>(), held);
    assert_eq!((whole["psy_answers"].len(), whole["analysis_results"].len()), (70, 2));
    assert_eq!(whole["self_check_entries"][0]["note"], "x");
    for limit in [1, 7] {
        assert_eq!(told(&world, mine, limit).await, whole, "pages of {limit}");
    }
    let path = format!("/int/analysis/members/{mine}/export");
    world.analysis.as_service("quest").get(&path).await.expect_problem(403, "forbidden");
}
