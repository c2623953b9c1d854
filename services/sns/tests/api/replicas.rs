//! Two replicas on one database.

use futures_util::future::join_all;
use serde_json::json;

use crate::site::{PAGE, Site};
use crate::{World, eventually, somebody};

const ACCOUNTS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_accounts_are_each_imported_once_by_two() {
    let site = Site::of(&["오늘은 서점에서 소설을 샀다"], 90).await;
    site.change(|site| site.delay = std::time::Duration::from_millis(10));
    let world = World::beside(&site).await;
    let replica = world.replica(&[("EGRESS_BESIDES", &*site.address())]).await;
    let asked = (0..ACCOUNTS).map(async |_| {
        let user_id = somebody();
        let account = world.connect(user_id, "mastodon", &site.url("/@minji")).await;
        let body = json!({"account_id": account["id"]});
        // Both are asked, at once.
        let first = world.member(user_id);
        let asked =
            [first.post("/api/sns/import", body.clone()), first.post("/api/sns/import", body)];
        let ids: Vec<_> =
            join_all(asked).await.iter().map(|answer| answer.expect(202)["id"].clone()).collect();
        assert_eq!(ids[0], ids[1]);
    });
    join_all(asked).await;
    eventually("all are done", async || {
        world.count("SELECT FROM sns.sns_imports WHERE status = 'succeeded'").await
            == ACCOUNTS as i64
    })
    .await;
    assert_eq!(
        world.count("SELECT FROM sns.sns_imports WHERE fence = 1 AND new = 90").await,
        ACCOUNTS as i64
    );
    assert_eq!(world.count("SELECT FROM sns.sns_posts").await, 90 * ACCOUNTS as i64);
    let pages = site.answered("/api/v1/accounts/7/statuses").len();
    // Three pages with posts, and the empty one behind them.
    assert_eq!(pages, 4 * ACCOUNTS);
    println!("{ACCOUNTS} accounts, 2 replicas: each imported once, {pages} pages asked for");
    replica.stop().await.unwrap();
}

/// Whoever was too slow has lost it, and counts no page that somebody else counts.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_another_has_taken_is_counted_once() {
    let site = Site::of(&["오늘은 서점에서 소설을 샀다"], 2 * PAGE).await;
    site.change(|site| site.delay = std::time::Duration::from_secs(1));
    let besides = site.address();
    let settings =
        [("EGRESS_BESIDES", &*besides), ("IMPORT_CONCURRENCY", "1"), ("IMPORT_LEASE", "5")];
    let world = World::start(&settings).await;
    let replica = world.replica(&settings).await;
    let user_id = somebody();
    let account = world.connect(user_id, "mastodon", &site.url("/@minji")).await;
    let import = world.ask(user_id, &account).await.expect(202);
    let taken = async |times: u8| {
        let taken = format!("SELECT FROM sns.sns_imports WHERE fence = {times}");
        eventually("it is taken", async || world.count(&taken).await == 1).await;
    };
    taken(1).await;
    world.pass(6);
    taken(2).await;
    let done = world.rest(user_id, &import["id"]).await;
    assert_eq!((&done["status"], &done["fetched"]), (&json!("succeeded"), &json!(2 * PAGE)));
    replica.stop().await.unwrap();
}
