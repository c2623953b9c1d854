//! One member through the door, end to end.

use serde_json::json;

use crate::platform::Platform;
use crate::{sign_up, take_test, until};

#[tokio::test]
async fn a_members_first_day() {
    let platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let token = Some(member.token.as_str());

    let me = platform.get("/api/auth/me", token).await.expect(200);
    assert_eq!((&me["name"], &me["id"]), (&json!("minji"), &json!(member.id)));

    let result = take_test(&platform, &member).await;
    assert!(result["character_name"].as_str().is_some_and(|name| !name.is_empty()), "{result}");
    let latest = platform.get("/api/analysis-results/latest", token).await.expect(200);
    assert_eq!(latest["id"], result["id"]);

    let home = until(async || {
        let home = platform.get("/api/home", token).await.expect(200);
        (home["character"]["key"] == result["character_key"]).then_some(home)
    })
    .await;
    assert_eq!(home["member"], json!({"id": member.id, "name": "minji"}));
    let quests = home["quests"].as_array().unwrap();
    assert_eq!(quests.len(), 3);
    for quest in quests {
        assert!(quest["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{quest}");
        assert_eq!(quest["status"], "open");
    }

    let path = format!("/api/quests/{}/complete", quests[0]["id"].as_str().unwrap());
    let done = platform.post(&path, token, json!({})).await.expect(200);
    assert_eq!(done["status"], "completed");

    let home = platform.get("/api/home", token).await.expect(200);
    assert_eq!(home["progress"]["xp"], done["xp"]);
    assert_eq!(home["streak"]["current"], 1);
    let streak = platform.get("/api/quests/streak", token).await.expect(200);
    assert_eq!(streak["current"], 1, "{streak}");
    let history = platform.get("/api/quest-history?status=completed", token).await.expect(200);
    assert_eq!(history["items"][0]["id"], done["id"]);
}

#[tokio::test]
async fn a_member_signs_out_and_the_access_token_is_felt_to_end() {
    let platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let token = Some(member.token.as_str());
    platform.get("/api/auth/me", token).await.expect(200);
    platform.post("/api/auth/logout", token, json!({})).await.expect(204);
    let refused = until(async || {
        let answer = platform.get("/api/auth/me", token).await;
        (answer.status == 401).then_some(answer)
    })
    .await;
    assert_eq!(refused.headers["content-type"], "application/problem+json");
}
