//! Home, and the first look of a day.

use std::collections::BTreeSet;

use contracts::events::CatalogUpdated;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{World, complete_one, eventually, ids};

#[tokio::test]
async fn the_first_look_gives_three_with_reasons() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let home = member.get("/api/home").await.expect(200);
    assert_eq!(home["member"], json!({"id": user_id, "name": null}));
    assert_eq!(home["character"], Value::Null);
    assert_eq!(home["date"], "2026-03-02");
    assert_eq!(home["time_zone"], "Asia/Seoul");
    assert_eq!(home["streak"], json!({"current": 0, "longest": 0, "freezes": 0, "notice": null}));
    assert_eq!(home["progress"], json!({"level": 1, "xp": 0, "next_level_at": 100}));
    assert_eq!(home["next_step"]["kind"], "take_test");
    assert_eq!(home["degraded"], json!([]));
    let quests = home["quests"].as_array().unwrap();
    assert_eq!(quests.len(), 3);
    let categories: BTreeSet<_> = quests.iter().map(|quest| quest["category"].as_str()).collect();
    assert_eq!(categories.len(), 3);
    for quest in quests {
        assert_eq!((&quest["status"], &quest["date"]), (&json!("open"), &json!("2026-03-02")));
        assert_eq!(quest["xp"], json!(10 * quest["difficulty"].as_i64().unwrap()));
        assert!(quest["reason"].as_str().unwrap().ends_with('요'), "{quest}");
        assert!(quest["title"].as_str().unwrap().ends_with("하기"), "{quest}");
    }
    assert_eq!(member.get("/api/home").await.expect(200), home);
    let today = member.get("/api/quests").await.expect(200);
    assert_eq!(today, json!({"date": "2026-03-02", "quests": home["quests"]}));
    let again = member.get("/api/quests?date=2026-03-02").await.expect(200);
    assert_eq!(again, today);
    let id = &ids(&home["quests"])[0];
    let one = member.get(&format!("/api/quests/{id}")).await.expect(200);
    assert_eq!(one, home["quests"][0]);
}

#[tokio::test]
async fn parallel_first_looks_give_the_same_three_once() {
    let world = World::start().await;
    let (user_id, _) = world.stranger();
    for day in 1..=2 {
        let member = world.again(user_id);
        let paths = ["/api/home", "/api/quests"].into_iter().cycle().take(40);
        let answers = join_all(paths.map(|path| member.get(path))).await;
        let given = answers.iter().map(|answer| ids(&answer.expect(200)["quests"]));
        assert_eq!(given.collect::<BTreeSet<_>>().len(), 1);
        for (table, rows) in [("user_quests", 3 * day), ("offers", day), ("member_days", day)] {
            let of_member = format!("SELECT FROM quest.{table} WHERE user_id = '{user_id}'");
            assert_eq!(world.count(&of_member).await, rows, "{table}");
        }
        world.pass(24);
    }
}

#[tokio::test]
async fn an_offer_is_kept_with_what_it_was_chosen_from() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let home = member.get("/api/home").await.expect(200);
    let codes: Vec<_> = home["quests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|quest| quest["template_code"].clone())
        .collect();
    let offer = world
        .value(&format!(
            "SELECT row_to_json(o) FROM (SELECT picked, library_version, rules_version, basis,
                 cardinality(candidates) AS candidates,
                 (SELECT round(sum(p)) FROM unnest(propensities) AS p) AS slots
             FROM quest.offers WHERE user_id = '{user_id}') AS o"
        ))
        .await;
    let offer: Value = serde_json::from_str(&offer).unwrap();
    assert_eq!(offer["picked"], json!(codes));
    assert_eq!((&offer["library_version"], &offer["rules_version"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&offer["candidates"], &offer["slots"]),
        (&json!(35), &json!(3)),
        "those that suit anybody"
    );
    let basis = json!({"rate": 0.5, "most_difficult": 2, "easy_day": false, "overlooked": null});
    assert_eq!(offer["basis"], basis);
}

#[tokio::test]
async fn the_next_day_has_quests_of_its_own() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    complete_one(&member).await;
    let first = member.get("/api/quests").await.expect(200);
    world.pass(24);
    let member = world.again(user_id);
    let second = member.get("/api/quests").await.expect(200);
    assert_eq!(second["date"], "2026-03-03");
    let before: BTreeSet<_> = ids(&first["quests"]).into_iter().collect();
    assert!(ids(&second["quests"]).iter().all(|id| !before.contains(id)));
    let yesterday = member.get("/api/quests?date=2026-03-02").await.expect(200);
    assert_eq!(yesterday, first);
    for empty in ["2026-03-01", "2026-03-04", "0001-01-01", "9999-12-31"] {
        let day = member.get(&format!("/api/quests?date={empty}")).await.expect(200);
        assert_eq!(day, json!({"date": empty, "quests": []}));
    }
}

#[tokio::test]
async fn a_wrong_date_is_named() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    for wrong in ["2026-02-30", "yesterday", "'; DROP TABLE quest.members --"] {
        let answer = member.get(&format!("/api/quests?date={wrong}")).await;
        assert_eq!(answer.expect_problem(400, "malformed-query"), ["/date"], "{wrong}");
    }
    // Dates that PostgreSQL does not have.
    for wrong in ["-009999-01-01", "0000-12-31"] {
        let answer = member.get(&format!("/api/quests?date={wrong}")).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/date"], "{wrong}");
    }
}

#[tokio::test]
async fn a_look_that_waits_over_midnight_is_of_its_day() {
    let world = World::start().await;
    let midnight: jiff::Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
    for path in ["/api/home", "/api/quests"] {
        let before = midnight - jiff::SignedDuration::from_secs(1);
        world.quest.clock.set(before);
        let user_id = world.member("민지", "Asia/Seoul").await;
        let member = world.again(user_id);
        let held = world.hold(user_id).await;
        let midnight_comes = async {
            world.until_waiting(1).await;
            world.quest.clock.set(midnight);
            drop(held);
        };
        let (day, ()) = tokio::join!(member.get(path), midnight_comes);
        let day = day.expect(200);
        assert_eq!((&day["date"], ids(&day["quests"]).len()), (&json!("2026-03-02"), 3));
    }
}

#[tokio::test]
async fn home_speaks_the_language_asked_for() {
    let world = World::start().await;
    let user_id = world.member("민지", "Asia/Seoul").await;
    let member = world.again(user_id);
    let korean = member.get("/api/home").await.expect(200);
    assert_eq!(korean["member"]["name"], "민지");
    assert_eq!(korean["next_step"]["text"], "3분 테스트로 내 캐릭터를 만나 보세요");
    let english = member.get("/api/home?lang=en").await.expect(200);
    assert_eq!(english["next_step"]["text"], "Meet your character in a three-minute test");
    assert!(english["quests"][0]["title"].as_str().unwrap().starts_with("Do "));
    let (_, unknown) = world.stranger();
    let accepting =
        unknown.request(reqwest::Method::GET, "/api/home").header("accept-language", "en");
    let accepting = testkit::Answer::of(accepting).await.expect(200);
    assert!(accepting["quests"][0]["title"].as_str().unwrap().starts_with("Do "));
}

#[tokio::test]
async fn without_the_catalog_home_says_what_is_missing() {
    let world = World::start_alone().await;
    let (_, member) = world.stranger();
    assert!(!world.quest.readiness().is_ready());
    let home = member.get("/api/home").await.expect(200);
    assert_eq!((&home["quests"], &home["degraded"]), (&Value::Null, &json!(["quests"])));
    assert_eq!(home["date"], "2026-03-02");
    member.get("/api/quests").await.expect_problem(503, "unavailable");
    member.get("/api/quests/streak").await.expect(200);

    world.serve_library(1).await;
    world.serve("/int/catalog/characters", crate::characters()).await;
    eventually("the catalog is reached", async || world.quest.readiness().is_ready()).await;
    let home = member.get("/api/home").await.expect(200);
    assert_eq!((ids(&home["quests"]).len(), &home["degraded"]), (3, &json!([])));
}

#[tokio::test]
async fn with_the_catalog_gone_days_go_on() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    member.get("/api/home").await.expect(200);
    world.others.reset().await;
    world.pass(24);
    let home = world.again(user_id).get("/api/home").await.expect(200);
    assert_eq!((ids(&home["quests"]).len(), &home["degraded"]), (3, &json!([])));
}

#[tokio::test]
async fn templates_change_and_quests_keep_theirs() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let before = member.get("/api/quests").await.expect(200);
    world.others.reset().await;
    world.serve_library(2).await;
    world.tell("catalog", &CatalogUpdated { kind: "quest-templates".into(), version: 2 }).await;
    assert_eq!(member.get("/api/quests").await.expect(200), before);
    assert_eq!(before["quests"][0]["template_version"], 1);
    eventually("the new templates have come", async || {
        world.pass(24);
        let day = world.again(user_id).get("/api/quests").await.expect(200);
        let quest = &day["quests"][0];
        quest["template_version"] == 2 && quest["title"].as_str().unwrap().contains("v2")
    })
    .await;
    let kept = world.again(user_id).get("/api/quests?date=2026-03-02").await.expect(200);
    assert_eq!(kept, before);
}

/// Whether an index serves each access: with sequential scans off, one is planned only where no index does.
#[tokio::test]
async fn homes_statement_goes_by_indexes() {
    let world = World::start().await;
    let statement = concat!(
        include_str!("../../src/store/home.sql"),
        " '0193f2a0-0000-7000-8000-000000000000'"
    );
    let explain = format!("SET search_path = quest; SET enable_seqscan = off; EXPLAIN {statement}");
    let plan = world.rows(&explain).await.join("\n");
    assert_eq!(plan.matches("Seq Scan").count(), 0, "{plan}");
    let conditions = plan.lines().filter(|line| line.contains("Index Cond"));
    let by_member = conditions.clone().filter(|line| line.contains("(user_id = "));
    assert_eq!((conditions.count(), by_member.count()), (5, 5), "{plan}");
}
