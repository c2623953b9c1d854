//! What other services tell, and what becomes of it.

use contracts::events::{
    MemberErased, MemberUpdated, QuestCompleted, QuestUndone, Topic, TopicsChanged,
};
use contracts::{UserId, events::Member, events::MemberRegistered};
use jiff::civil::date;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{World, mini20, somebody, start, submission, until};

fn quest(user_id: UserId) -> QuestCompleted {
    QuestCompleted {
        user_id,
        quest_id: Uuid::now_v7(),
        template_code: "E01".to_owned(),
        date: date(2026, 11, 20),
        xp: 10,
    }
}

async fn completed_quests(world: &World) -> Vec<Value> {
    world.rows("SELECT quest_id, template_code, date FROM analysis.completed_quests").await
}

#[tokio::test]
async fn completed_quests_are_kept_until_they_are_undone() {
    let world = start().await;
    let user_id = somebody();
    let (kept, undone) = (quest(user_id), quest(user_id));
    world.tell("quest", &kept).await;
    world.tell("quest", &undone).await;
    let QuestCompleted { quest_id, template_code, date, xp, .. } = undone;
    world.tell("quest", &QuestUndone { user_id, quest_id, template_code, date, xp }).await;
    // Told after them, so they have been read when this has.
    world.tell("sns", &TopicsChanged { user_id, topics: vec![] }).await;
    until("the quests are read", async || {
        let topics = world.rows("SELECT 1 AS one FROM analysis.member_topics").await;
        (!topics.is_empty()).then_some(())
    })
    .await;
    let expected = json!({"quest_id": kept.quest_id, "template_code": "E01", "date": "2026-11-20"});
    assert_eq!(completed_quests(&world).await, [expected]);

    // They are shown beside the self-checks of the same days.
    world.clock().set("2026-11-28T03:00:00Z".parse().unwrap());
    let trend = &world.as_member(user_id).get("/api/self-check").await.expect(200)["trend"];
    let shown = ["7d", "28d"].map(|window| trend[window]["completed_quests"].clone());
    assert_eq!(shown, [json!(0), json!(1)]);
}

/// How many rows each table has for a member.
pub(crate) async fn held(world: &World, user_id: UserId) -> Vec<(String, i64)> {
    let tables = "SELECT table_name FROM information_schema.columns \
                  WHERE table_schema = 'analysis' AND column_name = 'user_id' AND table_name <> 'erasures' ORDER BY 1";
    let mut held = Vec::new();
    for row in world.rows(tables).await {
        let table = row["table_name"].as_str().unwrap();
        let count = format!("SELECT count(*) FROM analysis.{table} WHERE user_id = '{user_id}'");
        held.push((table.to_owned(), world.rows(&count).await[0]["count"].as_i64().unwrap()));
    }
    held
}

/// A member with something in every table.
pub(crate) async fn somebody_with_everything(world: &World) -> UserId {
    let user_id = somebody();
    let member = Member {
        user_id,
        name: "Minji".to_owned(),
        locale: "ko".to_owned(),
        time_zone: "Asia/Seoul".to_owned(),
    };
    world.tell("auth", &MemberRegistered(member)).await;
    world.tell("quest", &quest(user_id)).await;
    let topic = Topic { topic: "books".to_owned(), weight: 1.0, sources: vec![] };
    world.tell("sns", &TopicsChanged { user_id, topics: vec![topic] }).await;
    let me = world.as_member(user_id);
    me.post_once("/api/psy-test/submit", "key", submission(&mini20(), 0)).await.expect(201);
    let check = json!({
        "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5, "note": "x",
    });
    me.post("/api/self-check/submit", check).await.expect(201);
    until("every table holds something", async || {
        held(world, user_id).await.iter().all(|(_, rows)| *rows > 0).then_some(())
    })
    .await;
    user_id
}

#[tokio::test]
async fn an_erased_member_is_gone_from_every_table_and_the_others_stay() {
    let world = start().await;
    let erased = somebody_with_everything(&world).await;
    let stays = somebody_with_everything(&world).await;
    let before = held(&world, stays).await;
    assert_eq!(before.len(), 8);

    world.tell("auth", &MemberErased { user_id: erased }).await;
    let done =
        until("it is confirmed", async || world.published("member.erasure_done").await.pop()).await;
    assert_eq!((&done["user_id"], &done["service"]), (&json!(erased), &json!("analysis")));
    let mut emptied = done["tables"].as_array().unwrap().clone();
    emptied.sort_by_key(ToString::to_string);
    assert_eq!(emptied, before.iter().map(|(table, _)| json!(table)).collect::<Vec<_>>());
    assert!(held(&world, erased).await.iter().all(|(_, rows)| *rows == 0));
    assert_eq!(held(&world, stays).await, before);
    assert!(world.published("analysis.deleted").await.is_empty());
}

/// Words of other services that were on their way, and a member whose access token still lives for a moment.
#[tokio::test]
async fn who_was_erased_leaves_no_new_trace() {
    let world = start().await;
    let user_id = somebody_with_everything(&world).await;
    let me = world.as_member(user_id);
    let begun = json!({"instrument": "ipip-bfm-50"});
    let session = me.post("/api/psy-test/sessions", begun.clone()).await;
    let session = session.expect(201)["id"].clone();
    world.tell("auth", &MemberErased { user_id }).await;
    until("it is confirmed", async || world.published("member.erasure_done").await.pop()).await;

    let member = Member {
        user_id,
        name: "Minji".to_owned(),
        locale: "ko".to_owned(),
        time_zone: "Asia/Seoul".to_owned(),
    };
    let topics = Vec::new();
    world.tell("auth", &MemberRegistered(member.clone())).await;
    world.tell("auth", &MemberUpdated(member)).await;
    world.tell("quest", &quest(user_id)).await;
    world.tell("sns", &TopicsChanged { user_id, topics }).await;

    let check = json!({
        "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
    });
    let answers = json!({"answers": [{"question_id": 1, "value": 3}]});
    let path = format!("/api/psy-test/sessions/{}/answers", session.as_str().unwrap());
    for refused in [
        me.post("/api/psy-test/sessions", begun).await,
        me.put(&path, answers).await,
        me.post("/api/psy-test/submit", submission(&mini20(), 0)).await,
        me.post("/api/self-check/submit", check).await,
    ] {
        refused.expect_problem(404, "not-found");
    }

    // Told after them, so they have been read when this has.
    let other = somebody();
    world.tell("quest", &quest(other)).await;
    until("the late words are read", async || {
        let read = held(&world, other).await;
        read.iter().any(|(_, rows)| *rows > 0).then_some(())
    })
    .await;
    assert!(held(&world, user_id).await.iter().all(|(_, rows)| *rows == 0));
}
