//! What a service that starts late asks for before it follows the log.

use crate::platform::Platform;
use crate::{sign_up, take_test, until};

#[tokio::test]
async fn who_starts_late_is_told_by_the_owners() {
    let mut platform = Platform::start().await;
    let member = sign_up(&platform, "minji").await;
    let result = take_test(&platform, &member).await;
    let token = Some(member.token.clone());
    let is_known = async |platform: &Platform| {
        let home = platform.get("/api/home", token.as_deref()).await.expect(200);
        (home["character"]["key"] == result["character_key"]).then_some(home)
    };
    until(async || is_known(&platform).await).await;
    let told = "SELECT locale || ' ' || time_zone AS found FROM analysis.members";
    until(async || (platform.query(told).await == ["ko Asia/Seoul"]).then_some(())).await;

    // Both know nothing any more, and where the log begins for them is behind all that was told.
    for service in ["analysis", "quest"] {
        platform.stop(service).await;
        let forgotten = format!(
            "WITH cursor AS (DELETE FROM events.cursors WHERE consumer = '{service}' RETURNING consumer),
                  member AS (DELETE FROM {service}.members RETURNING 1)
             SELECT consumer AS found FROM cursor, member"
        );
        assert_eq!(platform.query(&forgotten).await, [service]);
    }
    platform.start_again_each(&["analysis", "quest"]).await;
    until(async || (platform.query(told).await == ["ko Asia/Seoul"]).then_some(())).await;
    let home = until(async || is_known(&platform).await).await;
    assert_eq!(home["member"]["name"], "minji");
}
