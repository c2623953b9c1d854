//! What a member writes elsewhere reaches those who choose by it: the same member before, after, and when they have left it.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Database;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::platform::{Platform, TABLES};
use crate::{sign_up, take_test, until};

#[tokio::test]
async fn what_a_member_writes_changes_their_result_and_quests_until_they_disconnect_it() {
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
    // What today gives them, as if they had not looked yet: the same as long as the same is known of them.
    let chosen = async || {
        for table in ["offers", "user_quests"] {
            let forget = format!("DELETE FROM quest.{table} WHERE user_id = '{}'", member.id);
            platform.query(&format!("{forget} RETURNING 'gone' AS found")).await;
        }
        let day = platform.get("/api/quests?lang=en", token).await.expect(200);
        let quests = day["quests"].as_array().unwrap().iter();
        let pair = |quest: &Value| (quest["template_code"].clone(), quest["reason"].clone());
        quests.map(pair).collect::<Vec<_>>()
    };
    let known = "SELECT character_key AS found FROM quest.members WHERE character_key IS NOT NULL";
    until(async || platform.query(known).await.pop()).await;
    assert_eq!(topics().await, json!([]));
    let before = chosen().await;
    assert_eq!(chosen().await, before);

    let account = write_of_books(&platform, token, &site).await;
    until(async || (topics().await[0]["topic"] == "books").then_some(())).await;
    assert_eq!(topics().await[0]["sources"], json!(["feed"]));
    until(async || (known_to_quest().await[0]["topic"] == "books").then_some(())).await;
    let after = chosen().await;
    assert_ne!(after, before);
    let for_books = json!("It goes well with your interest in books");
    let are_of = |quests: &[(Value, Value)]| quests.iter().any(|(_, reason)| *reason == for_books);
    assert!(are_of(&after) && !are_of(&before), "{before:?} {after:?}");

    let path = format!("/api/me/sns-accounts/{}", account["id"].as_str().unwrap());
    platform.send(&Method::DELETE, &path, token, &json!({})).await.expect(204);
    until(async || (topics().await == json!([])).then_some(())).await;
    until(async || (known_to_quest().await == json!([])).then_some(())).await;
    assert_eq!(chosen().await, before);
}

/// A member's blog, which they have connected and which is being read; gives the account.
pub(crate) async fn write_of_books(
    platform: &Platform,
    token: Option<&str>,
    site: &MockServer,
) -> Value {
    let account = json!({"channel": "feed", "address": site.uri()});
    let account = platform.post("/api/me/sns-accounts", token, account).await.expect(201);
    let proof = account["proof"].as_str().unwrap();
    let post =
        |n: u8| format!("<item><guid>{n}</guid><title>오늘은 서점에서 소설을 샀다</title></item>");
    let posts: String = (1..=4).map(post).collect();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>Blog</title><link>http://a.example</link>\
         <description>{proof}</description>{posts}</channel></rss>"
    );
    let feed = ResponseTemplate::new(200).set_body_raw(feed, "application/rss+xml");
    Mock::given(any()).respond_with(feed).mount(site).await;
    let import = json!({"account_id": account["id"]});
    platform.post("/api/sns/import", token, import).await.expect(202);
    account
}
