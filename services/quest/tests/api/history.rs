//! What a member was given so far.

use serde_json::{Value, json};

use crate::{World, complete_one, ids};

/// A member who has looked at four days, 2 to 5 March, and completed the first quest of each.
async fn four_days(world: &World) -> contracts::UserId {
    let (user_id, _) = world.stranger();
    for day in 0..4 {
        if day > 0 {
            world.pass(24);
        }
        complete_one(&world.again(user_id)).await;
    }
    user_id
}

async fn found(asker: &testkit::Asker<'_>, query: &str) -> Vec<Value> {
    let page = asker.get(&format!("/api/quest-history{query}")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_empty_history_is_an_empty_list() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let history = member.get("/api/quest-history").await.expect(200);
    assert_eq!(history, json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn the_history_is_paged_from_newest_to_oldest() {
    let world = World::start().await;
    let user_id = four_days(&world).await;
    let member = world.again(user_id);
    let all = found(&member, "").await;
    assert_eq!(all.len(), 12);
    assert_eq!((&all[0]["date"], &all[11]["date"]), (&json!("2026-03-05"), &json!("2026-03-02")));
    assert!(all.is_sorted_by_key(|quest| std::cmp::Reverse(quest["date"].to_string())));

    let mut paged = Vec::new();
    let mut query = "?limit=5".to_owned();
    let sizes = [5, 5, 2];
    for size in sizes {
        let page = member.get(&format!("/api/quest-history{query}")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), size);
        paged.extend(ids(&page["items"]));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=5&cursor={cursor}"),
            None => assert_eq!(paged.len(), 12),
        }
    }
    assert_eq!(paged, ids(&Value::Array(all)));
    let exact = member.get("/api/quest-history?limit=12").await.expect(200);
    assert_eq!(exact["next_cursor"], Value::Null);
}

#[tokio::test]
async fn the_history_is_searched() {
    let world = World::start().await;
    let user_id = four_days(&world).await;
    let member = world.again(user_id);
    assert_eq!(found(&member, "?from=2026-03-04").await.len(), 6);
    assert_eq!(found(&member, "?to=2026-03-02").await.len(), 3);
    assert_eq!(found(&member, "?from=2026-03-03&to=2026-03-04").await.len(), 6);
    assert_eq!(found(&member, "?status=completed").await.len(), 4);
    assert_eq!(found(&member, "?status=open").await.len(), 8);
    assert_eq!(found(&member, "?status=skipped").await.len(), 0);
    let code = found(&member, "").await[0]["template_code"].as_str().unwrap().to_owned();
    let by_title = found(&member, &format!("?q={}", code.to_uppercase())).await;
    assert!(
        !by_title.is_empty()
            && by_title.iter().all(|quest| quest["template_code"] == code.as_str())
    );
    assert_eq!(found(&member, "?q=%ED%95%98%EA%B8%B0").await.len(), 12, "in Korean");
    assert_eq!(found(&member, "?q=do").await.len(), 12, "in English");
    let empty = "?from=&to=&status=&q=&cursor=";
    assert_eq!(found(&member, empty).await.len(), 12, "is left out");
    let today = member.get("/api/quests?date=").await.expect(200);
    assert_eq!(today["date"], "2026-03-05");
    assert_eq!(found(&member, "?q=do&status=completed&from=2026-03-05&limit=1").await.len(), 1);
}

#[tokio::test]
async fn words_are_looked_for_as_they_are() {
    let world = World::start().await;
    let user_id = four_days(&world).await;
    let member = world.again(user_id);
    for words in [
        "%25",
        "_",
        "%5C",
        "'",
        "%27%20OR%201%3D1%20--",
        "%27%3B%20DROP%20TABLE%20quest.user_quests%3B%20--",
        "\"",
        "ko",
    ] {
        assert_eq!(found(&member, &format!("?q={words}")).await, Vec::<Value>::new(), "{words}");
    }
    assert_eq!(found(&member, "").await.len(), 12);
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    let long = "x".repeat(101);
    for (query, status, code, pointers) in [
        ("?from=never", 400, "malformed-query", vec!["/from"]),
        ("?to=2026-13-01", 400, "malformed-query", vec!["/to"]),
        (
            "?from=-009999-01-01&to=-009998-01-01&cursor=-009999-01-01.1",
            422,
            "invalid-input",
            vec!["/cursor", "/from", "/to"],
        ),
        ("?status=done", 400, "malformed-query", vec!["/status"]),
        ("?limit=many", 400, "malformed-query", vec!["/limit"]),
        ("?limit=0", 422, "invalid-input", vec!["/limit"]),
        ("?limit=101", 422, "invalid-input", vec!["/limit"]),
        ("?cursor=x&limit=-1", 422, "invalid-input", vec!["/cursor", "/limit"]),
        ("?cursor=2026-03-02.1%27", 422, "invalid-input", vec!["/cursor"]),
        ("?from=2026-03-02&to=2026-03-01", 422, "invalid-input", vec!["/to"]),
        ("?q=%00", 422, "invalid-input", vec!["/q"]),
        (&format!("?q={long}"), 422, "invalid-input", vec!["/q"]),
    ] {
        let answer = member.get(&format!("/api/quest-history{query}")).await;
        assert_eq!(answer.expect_problem(status, code), pointers, "{query}");
    }
}
