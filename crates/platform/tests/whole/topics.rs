//! What a member writes elsewhere reaches those who choose by it: the same member before, after, and when they have left it.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Database;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::platform::{Platform, TABLES};
use crate::{sign_up, take_test, until};

#[tokio::test]
async fn what_a_member_writes_changes_their_result_until_they_disconnect_it() {
    let site = MockServer::start().await;
    let besides = site.address().to_string();
    let database = Database::create(TABLES).await;
    let platform = Platform::start_told(database, &[("EGRESS_BESIDES", &besides)]).await;
    let member = sign_up(&platform, "minji").await;
    let token = Some(member.token.as_str());
    take_test(&platform, &member).await;
    let topics = async || {
        let latest = platform.get("/api/analysis-results/latest", token).await.expect(200);
        latest["preference_topics"].clone()
    };
    let known_to_quest = async || {
        let topics = "SELECT topics::text AS found FROM quest.members WHERE user_id =";
        let topics = platform.query(&format!("{topics} '{}'", member.id)).await;
        serde_json::from_str::<Value>(&topics[0]).unwrap()
    };
    assert_eq!(topics().await, json!([]));

    let account = json!({"channel": "feed", "address": site.uri()});
    let account = platform.post("/api/me/sns-accounts", token, account).await.expect(201);
    let proof = account["proof"].as_str().unwrap();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>Blog</title><link>http://a.example</link>\
         <description>{proof}</description><item><guid>1</guid><title>오늘은 서점에서 소설을 샀다</title></item>\
         </channel></rss>"
    );
    let feed = ResponseTemplate::new(200).set_body_raw(feed, "application/rss+xml");
    Mock::given(any()).respond_with(feed).mount(&site).await;
    let import = json!({"account_id": account["id"]});
    platform.post("/api/sns/import", token, import).await.expect(202);
    until(async || (topics().await[0]["topic"] == "books").then_some(())).await;
    assert_eq!(topics().await[0]["sources"], json!(["feed"]));
    until(async || (known_to_quest().await[0]["topic"] == "books").then_some(())).await;

    let path = format!("/api/me/sns-accounts/{}", account["id"].as_str().unwrap());
    platform.send(&Method::DELETE, &path, token, &json!({})).await.expect(204);
    until(async || (topics().await == json!([])).then_some(())).await;
    until(async || (known_to_quest().await == json!([])).then_some(())).await;
}
