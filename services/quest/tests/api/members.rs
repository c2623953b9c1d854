//! What other services tell of a member.

use contracts::events::{
    AnalysisCompleted, AnalysisDeleted, SelfCheckSubmitted, Tendencies, Topic, TopicsChanged,
};
use contracts::{PerTrait, UserId};
use jiff::civil::date;
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::matchers::{path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{World, eventually, ids, told};

fn tendencies() -> Tendencies {
    let mut z = PerTrait::from_fn(|_| 0.0);
    (z.openness, z.extraversion) = (1.6, -1.2);
    Tendencies {
        analysis_id: Uuid::now_v7(),
        character_key: "explorer".into(),
        scores: PerTrait::from_fn(|_| 50.0),
        z,
    }
}

fn self_check(user_id: UserId) -> SelfCheckSubmitted {
    SelfCheckSubmitted {
        user_id,
        date: date(2026, 3, 2),
        mood: 5,
        energy: 2,
        stress: 5,
        sleep: 1,
        focus: 5,
        relationships: 5,
        activity: None,
        social: None,
        pace: None,
        low_mood: false,
    }
}

#[tokio::test]
async fn the_character_comes_and_goes() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let holds = tendencies();
    world.tell("analysis", &AnalysisCompleted { user_id, holds: holds.clone() }).await;
    let character = async || member.get("/api/home?lang=en").await.expect(200)["character"].clone();
    eventually("the result has come", async || character().await != Value::Null).await;
    let shown =
        json!({"key": "explorer", "name": "Explorer", "image_url": "/api/characters/explorer.svg"});
    assert_eq!(character().await, shown);
    world.tell("analysis", &AnalysisDeleted { user_id, holds: Some(holds) }).await;
    world.tell("analysis", &AnalysisDeleted { user_id, holds: None }).await;
    eventually("the deletion has come", async || character().await == Value::Null).await;
}

/// Who looks at their first day and then takes the test has a day that rests on it; and only that once.
#[tokio::test]
async fn the_first_result_of_a_member_chooses_an_untouched_day_again() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let tell = async |holds: Option<Tendencies>| match holds {
        Some(holds) => world.tell("analysis", &AnalysisCompleted { user_id, holds }).await,
        None => world.tell("analysis", &AnalysisDeleted { user_id, holds: None }).await,
    };
    let today = async || member.get("/api/quests").await.expect(200)["quests"].clone();
    let applied = async |events: i64| {
        let inbox = "SELECT FROM events.inbox WHERE consumer = 'quest'";
        eventually("it has come", async || world.count(inbox).await == events).await;
    };
    let before = today().await;
    tell(Some(tendencies())).await;
    applied(1).await;
    let again = today().await;
    let (old, new) = (ids(&before), ids(&again));
    assert!(new.len() == 3 && new.iter().all(|id| !old.contains(id)), "{again}");
    let path = format!("/api/quests/{}/complete", old[0]);
    member.post(&path, json!({})).await.expect_problem(404, "not-found");
    assert_eq!(today().await, again);
    let offers = "SELECT choice || ' ' || (superseded_at IS NULL) || ' ' || counted
        FROM quest.offers ORDER BY choice";
    assert_eq!(world.rows(offers).await, ["1 false true", "2 true false"]);

    tell(Some(tendencies())).await;
    tell(None).await;
    tell(Some(tendencies())).await;
    applied(4).await;
    assert_eq!(today().await, again, "neither a second result, nor a second first one");
}

#[tokio::test]
async fn a_day_on_which_something_was_done_stays_when_the_first_result_comes() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    crate::complete_one(&member).await;
    let id = crate::first_quest(&member).await;
    member.post(&format!("/api/quests/{id}/undo"), json!({})).await.expect(200);
    let before = member.get("/api/quests").await.expect(200);
    world.tell("analysis", &AnalysisCompleted { user_id, holds: tendencies() }).await;
    eventually("the result has come", async || {
        member.get("/api/home").await.expect(200)["character"] != Value::Null
    })
    .await;
    assert_eq!(member.get("/api/quests").await.expect(200), before);
}

#[tokio::test]
async fn strengths_are_used_and_low_traits_left_alone() {
    let world = World::start().await;
    let user_id = world.member("민지", "Asia/Seoul").await;
    world.tell("analysis", &AnalysisCompleted { user_id, holds: tendencies() }).await;
    eventually("the result has come", async || {
        world.count("SELECT FROM quest.members WHERE character_key = 'explorer'").await == 1
    })
    .await;
    let mut strengths = 0;
    for _ in 0..4 {
        let day = world.again(user_id).get("/api/quests?lang=en").await.expect(200);
        for quest in day["quests"].as_array().unwrap() {
            assert_ne!(quest["category"], "a", "extraversion is low, and nobody asked");
            strengths += i32::from(quest["reason"] == "It makes good use of your curiosity");
        }
        world.pass(24);
    }
    assert!(strengths >= 2, "{strengths}");
}

#[tokio::test]
async fn a_tired_day_is_an_easy_day() {
    let world = World::start().await;
    let user_id = world.member("민지", "Asia/Seoul").await;
    world.tell("analysis", &self_check(user_id)).await;
    world.tell("analysis", &AnalysisCompleted { user_id, holds: tendencies() }).await;
    eventually("the result has come", async || {
        world.count("SELECT FROM quest.members WHERE character_key = 'explorer'").await == 1
    })
    .await;
    let member = world.again(user_id);
    let home = member.get("/api/home").await.expect(200);
    let quests = home["quests"].as_array().unwrap();
    assert!(quests.iter().all(|quest| quest["difficulty"] == 1), "{home}");
    let reasons: Vec<_> = quests.iter().map(|quest| quest["reason"].as_str().unwrap()).collect();
    let eased = "오늘 잠이 부족했다고 해서, 푹 쉬는 데 도움이 되는 것을 골랐어요";
    assert!(reasons.contains(&eased), "{reasons:?}");
    let next = &home["next_step"];
    assert_eq!((&next["kind"], &next["quest_id"]), (&json!("quest"), &quests[0]["id"]));
    assert!(next["text"].as_str().unwrap().starts_with("집을 나서면, ‘"));
    for id in ids(&home["quests"]) {
        member.post(&format!("/api/quests/{id}/complete"), json!({})).await.expect(200);
    }
    assert_eq!(member.get("/api/home").await.expect(200)["next_step"]["kind"], "done");
    world.pass(24);
    let tomorrow = world.again(user_id).get("/api/home").await.expect(200);
    assert_eq!(tomorrow["next_step"]["kind"], "self_check");
}

#[tokio::test]
async fn what_a_member_writes_about_counts() {
    let world = World::start().await;
    let user_id = world.member("민지", "Asia/Seoul").await;
    let books = Topic { topic: "books".into(), weight: 0.6, sources: vec!["mastodon".into()] };
    world.tell("sns", &TopicsChanged { user_id, topics: vec![books] }).await;
    eventually("the topics have come", async || {
        world.count("SELECT FROM quest.members WHERE topics <> '[]'").await == 1
    })
    .await;
    let day = world.again(user_id).get("/api/quests?lang=en").await.expect(200);
    let told =
        day["quests"].to_string().matches("It goes well with your interest in books").count();
    assert!(told >= 2, "{day}");
}

/// The same member on the same date, with and without a word of sns, and all else alike: what differs is what they write.
#[tokio::test]
async fn the_same_member_is_given_other_quests_for_what_they_write_about() {
    let user_id = UserId(Uuid::from_u128(0x0193_f2a0_0000_7000_8000_0000_0000_0001));
    let given = async |topics: Option<Vec<Topic>>| {
        let world = World::start().await;
        if let Some(topics) = topics {
            world.tell("sns", &TopicsChanged { user_id, topics: topics.clone() }).await;
            eventually("it has come", async || {
                world.count("SELECT FROM events.inbox WHERE consumer = 'quest'").await == 1
            })
            .await;
        }
        let day = world.again(user_id).get("/api/quests?lang=en").await.expect(200);
        let quests = day["quests"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        quests.map(|it| (text(&it["template_code"]), text(&it["reason"]))).collect::<Vec<_>>()
    };
    let books = Topic { topic: "books".into(), weight: 0.6, sources: vec!["mastodon".into()] };
    let before = given(None).await;
    assert_eq!(given(None).await, before, "the choice is no chance");
    assert_eq!(given(Some(Vec::new())).await, before, "nor is it changed by a word of nothing");
    let after = given(Some(vec![books])).await;
    let of_books = |(code, reason): &(String, String)| {
        code.ends_with("01") && reason == "It goes well with your interest in books"
    };
    assert!(before.iter().all(|quest| !of_books(quest)), "{before:?}");
    assert!(after.iter().all(of_books), "{after:?}");
}

#[tokio::test]
async fn an_older_self_check_does_not_take_the_place_of_a_newer_one() {
    let world = World::start().await;
    let user_id = world.member("민지", "Asia/Seoul").await;
    let mut older = self_check(user_id);
    older.date = date(2026, 3, 1);
    world.tell("analysis", &self_check(user_id)).await;
    world.tell("analysis", &older).await;
    world.tell("analysis", &AnalysisDeleted { user_id, holds: None }).await;
    eventually("all is applied", async || {
        let applied = "SELECT FROM events.inbox WHERE consumer = 'quest'";
        world.count(applied).await >= 4
    })
    .await;
    assert_eq!(world.value("SELECT self_check ->> 'date' FROM quest.members").await, "2026-03-02");
}

#[tokio::test]
async fn a_service_that_starts_late_takes_snapshots_first() {
    let others = MockServer::start().await;
    let (a, b) = (UserId(Uuid::now_v7()), UserId(Uuid::now_v7()));
    let page = async |at: &str, after: Option<UserId>, body: Value| {
        let page = Mock::given(path(at));
        let page = match after {
            Some(after) => page.and(query_param("after", after.to_string())),
            None => page.and(query_param_is_missing("after")),
        };
        page.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&others).await;
    };
    let members = "/int/auth/members";
    page(members, None, json!({"items": [told(a, "Ann", "Europe/Paris")], "next": a})).await;
    page(members, Some(a), json!({"items": [told(b, "Bo", "Asia/Seoul")], "next": null})).await;
    let holds = AnalysisCompleted { user_id: b, holds: tendencies() };
    page("/int/analysis/holds", None, json!({"items": [holds], "next": null})).await;

    let world = World::start_with(others).await;
    eventually("the snapshots are taken", async || {
        world.count("SELECT FROM quest.members WHERE character_key = 'explorer'").await == 1
    })
    .await;
    let ann = world.again(a).get("/api/home").await.expect(200);
    assert_eq!(
        (&ann["member"]["name"], &ann["time_zone"]),
        (&json!("Ann"), &json!("Europe/Paris"))
    );
    let bo = world.again(b).get("/api/home").await.expect(200);
    assert_eq!(
        (&bo["member"]["name"], &bo["character"]["key"]),
        (&json!("Bo"), &json!("explorer"))
    );
    assert_eq!(bo["degraded"], json!(["quests", "character"]), "the catalog is not there");
}
