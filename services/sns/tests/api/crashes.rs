//! `kill -9` at any moment of an import: nothing of it is lost, nothing doubled.

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use testkit::{Database, Process};
use tokio::time::sleep;

use crate::site::{PAGE, Site};
use crate::{KEYS, TABLES, eventually, now, rows, somebody};

const POSTS: usize = 2_000;
const KILLS: u32 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_ten_times_loses_nothing_and_doubles_nothing() {
    let site = Site::of(&["오늘은 서점에서 소설을 샀다", "등산을 다녀왔다", "그냥"], POSTS).await;
    site.change(|site| site.delay = Duration::from_millis(20));
    let database = Database::create(TABLES).await;
    let besides = site.address();
    let settings = [("TOKEN_KEYS", KEYS), ("EGRESS_BESIDES", &*besides), ("IMPORT_LEASE", "1")];
    let start =
        async || Process::start("sns", env!("CARGO_BIN_EXE_sns"), &database, &settings).await;
    let began = now().now();

    let mut process = start().await;
    let user_id = somebody();
    let body = json!({"channel": "mastodon", "address": site.url("/@minji")});
    let account = process.as_member(user_id).post("/api/me/sns-accounts", body).await.expect(201);
    site.change(|site| site.about = account["proof"].as_str().unwrap().to_owned());
    let body = json!({"account_id": account["id"]});
    let import = process.as_member(user_id).post("/api/sns/import", body).await.expect(202);
    let path = format!("/api/sns/imports/{}", import["id"].as_str().unwrap());

    let (mut killed_at, mut last) = (Vec::new(), 0_u64);
    for _ in 0..KILLS {
        // It gets to at least one page more, so that there is an end.
        eventually("it goes on", async || {
            let import = process.as_member(user_id).get(&path).await.expect(200);
            import["fetched"].as_u64().unwrap() > last || import["status"] == "succeeded"
        })
        .await;
        let more = rand::rng().random_range(0..150);
        sleep(Duration::from_millis(more)).await;
        process.kill().await;
        let kept: u64 =
            rows(&database, "SELECT count(*) FROM sns.sns_posts").await[0].parse().unwrap();
        let counted: u64 =
            rows(&database, "SELECT new FROM sns.sns_imports").await[0].parse().unwrap();
        assert_eq!(
            (kept, kept % PAGE as u64),
            (counted, 0),
            "a page is counted whole or not at all"
        );
        last = kept;
        killed_at.push(kept);
        process = start().await;
    }
    let mut done = serde_json::Value::Null;
    eventually("it is done", async || {
        done = process.as_member(user_id).get(&path).await.expect(200);
        done["status"] == "succeeded"
    })
    .await;
    assert_eq!((&done["fetched"], &done["new"]), (&json!(POSTS), &json!(POSTS)));
    let posts = "SELECT count(*) || ' ' || count(DISTINCT post) FROM sns.sns_posts";
    assert_eq!(rows(&database, posts).await, [format!("{POSTS} {POSTS}")]);
    let topics = "SELECT count(*) FROM sns.sns_posts WHERE topics <> '{}'";
    assert_eq!(rows(&database, topics).await, [(POSTS - POSTS / 3).to_string()]);
    let told = "SELECT count(*) FROM events.log WHERE type = 'sns.topics_changed'";
    assert_eq!(rows(&database, told).await, ["1"], "it is told once, at its end");
    let pages = site.answered("/api/v1/accounts/7/statuses").len();
    let seconds = (now().now() - began).get_seconds();
    println!(
        "{POSTS} posts, killed {KILLS} times (with {killed_at:?} counted): lost 0, doubled 0; \
         {pages} pages were asked for, {} are needed; {seconds} s",
        POSTS / PAGE + 1
    );
}
