//! Letting go of an account: given back at its provider, erased here and by whoever was told.

use serde_json::json;

use crate::oauth::support::{Provider, connect};
use crate::site::Site;
use crate::{World, eventually, seen, somebody};

const BOOKS: &str = "오늘은 서점에서 소설을 샀다";

async fn leave(
    world: &World,
    user_id: contracts::UserId,
    id: &serde_json::Value,
) -> testkit::Answer {
    let path = format!("/api/me/sns-accounts/{}", id.as_str().unwrap());
    world.member(user_id).delete(&path).await
}

#[tokio::test]
async fn what_came_from_an_account_is_erased_and_the_others_are_told_what_is_left() {
    let site = Site::of(&[BOOKS], 4).await;
    let other = Site::of(&["등산을 다녀왔다"], 4).await;
    let besides = format!("{}, {}", site.address(), other.address());
    let world = World::start(&[("EGRESS_BESIDES", &*besides)]).await;
    let user_id = somebody();
    let mut accounts = Vec::new();
    for (site, channel, path) in [(&site, "feed", "/rss"), (&other, "mastodon", "/@minji")] {
        let account = world.connect(user_id, channel, &site.url(path)).await;
        site.change(|site| site.about = account["proof"].as_str().unwrap().to_owned());
        world.import(user_id, &account).await;
        accounts.push(account);
    }
    let both = world.told(user_id).await.pop().unwrap();
    assert_eq!(seen(&both).len(), 2);

    leave(&world, user_id, &accounts[0]["id"]).await.expect(204);
    let left = world.told(user_id).await.pop().unwrap();
    assert!(seen(&left).iter().all(|(_, sources)| sources == &["mastodon"]), "{left}");
    for table in ["sns_posts", "sns_imports"] {
        let of = format!(
            "SELECT FROM sns.{table} WHERE account_id = '{}'",
            accounts[0]["id"].as_str().unwrap()
        );
        assert_eq!(world.count(&of).await, 0, "{table}");
    }
    leave(&world, user_id, &accounts[0]["id"]).await.expect_problem(404, "not-found");
    leave(&world, user_id, &accounts[1]["id"]).await.expect(204);
    let nothing = world.told(user_id).await.pop().unwrap();
    assert_eq!(nothing["topics"], json!([]));
}

#[tokio::test]
async fn an_import_that_runs_stops_when_its_account_leaves() {
    let site = Site::of(&[BOOKS], 400).await;
    site.change(|site| site.delay = std::time::Duration::from_millis(50));
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "mastodon", &site.url("/@minji")).await;
    let body = json!({"account_id": account["id"]});
    world.member(user_id).post("/api/sns/import", body).await.expect(202);
    eventually("it has begun", async || world.count("SELECT FROM sns.sns_posts").await > 0).await;
    leave(&world, user_id, &account["id"]).await.expect(204);
    let asked = site.change(|site| site.asked.len());
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(site.change(|site| site.asked.len()) <= asked + 1);
    assert_eq!(world.count("SELECT FROM sns.sns_posts").await, 0);
}

#[tokio::test]
async fn a_token_is_given_back_until_the_provider_has_heard() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    world.import(user_id, &account).await;
    provider.mood("away").await;
    let leaving = leave(&world, user_id, &account["id"]).await.expect(202);
    assert_eq!(leaving["state"], "leaving");
    // What was imported is gone already, and counts no more.
    assert_eq!(world.count("SELECT FROM sns.sns_posts").await, 0);
    assert_eq!(world.told(user_id).await.pop().unwrap()["topics"], json!([]));
    assert_eq!(world.count("SELECT FROM sns.sns_tokens").await, 0);
    eventually("it was tried", async || {
        world.count("SELECT FROM sns.sns_revocations WHERE attempts = 1 AND due_at < now() + interval '20 s'").await == 1
    })
    .await;
    assert_eq!(world.account(user_id, &account["id"]).await.unwrap()["state"], "leaving");
    // Asking again changes nothing.
    assert_eq!(leave(&world, user_id, &account["id"]).await.expect(202)["state"], "leaving");
    provider.mood("well").await;
    world.pass(61);
    eventually("it is gone", async || world.account(user_id, &account["id"]).await.is_none()).await;
    assert_eq!(world.count("SELECT FROM sns.sns_revocations").await, 0);
    assert_eq!(provider.asked("revoked").await, 1);
}
