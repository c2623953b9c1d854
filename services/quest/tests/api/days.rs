//! The member's day: zone and start hour.

use contracts::events::MemberUpdated;
use serde_json::{Value, json};

use crate::{World, complete_one, eventually, told};

#[tokio::test]
async fn a_day_is_the_members_local_date() {
    let world = World::start().await;
    let seoul = world.member("민지", "Asia/Seoul").await;
    let los_angeles = world.member("Ann", "America/Los_Angeles").await;
    let kiritimati = world.member("Tia", "Pacific/Kiritimati").await;
    for (user_id, date, zone) in [
        (seoul, "2026-03-02", "Asia/Seoul"),
        (los_angeles, "2026-03-01", "America/Los_Angeles"),
        (kiritimati, "2026-03-02", "Pacific/Kiritimati"),
    ] {
        let home = world.again(user_id).get("/api/home").await.expect(200);
        assert_eq!((&home["date"], &home["time_zone"]), (&json!(date), &json!(zone)));
    }
}

#[tokio::test]
async fn a_zone_changes_at_the_end_of_the_running_day() {
    let world = World::start().await;
    let user_id = world.member("민지", "Asia/Seoul").await;
    complete_one(&world.again(user_id)).await;
    world.tell("auth", &MemberUpdated(told(user_id, "민지", "America/Los_Angeles"))).await;
    eventually("the move has come", async || {
        world.count(&format!("SELECT FROM quest.calendar_eras WHERE user_id = '{user_id}'")).await
            == 2
    })
    .await;
    let home = async || world.again(user_id).get("/api/home").await.expect(200);
    assert_eq!(
        (&home().await["date"], &home().await["time_zone"]),
        (&json!("2026-03-02"), &json!("Asia/Seoul"))
    );
    // Midnight in Seoul is 07:00 of the same date in Los Angeles: the rest of it is joined.
    world.pass(13);
    assert_eq!(home().await["date"], "2026-03-02");
    world.pass(16);
    let next = home().await;
    assert_eq!(
        (&next["date"], &next["time_zone"]),
        (&json!("2026-03-03"), &json!("America/Los_Angeles"))
    );
    assert_eq!(next["streak"]["current"], 1);
}

#[tokio::test]
async fn a_date_skipped_on_the_way_breaks_nothing() {
    let world = World::start().await;
    let user_id = world.member("Ann", "America/Los_Angeles").await;
    complete_one(&world.again(user_id)).await; // 1 March there
    world.tell("auth", &MemberUpdated(told(user_id, "Ann", "Asia/Seoul"))).await;
    eventually("the move has come", async || {
        world.count(&format!("SELECT FROM quest.calendar_eras WHERE user_id = '{user_id}'")).await
            == 2
    })
    .await;
    world.pass(24); // noon on 3 March in Seoul
    complete_one(&world.again(user_id)).await;
    let streak = world.again(user_id).get("/api/quests/streak").await.expect(200);
    assert_eq!(streak["current"], 2);
    let days: Vec<_> =
        streak["days"].as_array().unwrap().iter().map(|day| (&day["date"], &day["kind"])).collect();
    let expected =
        [("2026-03-01", "completed"), ("2026-03-02", "skipped"), ("2026-03-03", "completed")];
    let expected = expected.map(|(date, kind)| (json!(date), json!(kind)));
    assert_eq!(days, expected.each_ref().map(|(date, kind)| (date, kind)));
}

#[tokio::test]
async fn a_night_owl_lets_the_day_begin_later() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    member.get("/api/home").await.expect(200);
    let day = member.put("/api/quests/day", json!({"start_hour": 4})).await.expect(200);
    assert_eq!(
        day,
        json!({
            "date": "2026-03-02", "ends_at": "2026-03-02T19:00:00Z", "start_hour": 4, "time_zone": "Asia/Seoul",
        }),
    );
    world.pass(14); // 02:00 on the 3rd
    assert_eq!(world.again(user_id).get("/api/home").await.expect(200)["date"], "2026-03-02");
    world.pass(3);
    assert_eq!(world.again(user_id).get("/api/home").await.expect(200)["date"], "2026-03-03");
}

#[tokio::test]
async fn a_wrong_start_hour_is_refused() {
    let world = World::start().await;
    let (_, member) = world.stranger();
    for hour in [-1, 13, 24] {
        let answer = member.put("/api/quests/day", json!({"start_hour": hour})).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/start_hour"]);
    }
    for (body, pointer) in [
        (json!({"start_hour": "4"}), "/start_hour"),
        (json!({"start_hour": 1_000}), "/start_hour"),
        (json!({"start_hour": 4.5}), "/start_hour"),
        (json!({}), "/start_hour"),
        (json!({"start_hour": 4, "date": "2026-03-03"}), "/date"),
    ] {
        let answer = member.put("/api/quests/day", body).await;
        assert_eq!(answer.expect_problem(400, "malformed-body"), [pointer]);
    }
}

#[tokio::test]
async fn who_was_not_told_of_begins_by_the_default_zone_and_moves_like_anybody() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    let home = member.get("/api/home").await.expect(200);
    assert_eq!((&home["member"]["name"], &home["time_zone"]), (&Value::Null, &json!("Asia/Seoul")));
    world
        .tell("auth", &contracts::events::MemberRegistered(told(user_id, "Ann", "Europe/Paris")))
        .await;
    eventually("auth's word has come", async || {
        member.get("/api/home").await.expect(200)["member"]["name"] == "Ann"
    })
    .await;
    world.pass(48);
    let home = world.again(user_id).get("/api/home").await.expect(200);
    assert_eq!((&home["date"], &home["time_zone"]), (&json!("2026-03-04"), &json!("Europe/Paris")));
}
