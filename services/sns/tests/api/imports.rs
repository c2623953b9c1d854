//! Imports: paging, pauses, failures, and the time.

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::site::{PAGE, Site};
use crate::{World, eventually, seen, somebody};

const BOOKS: &str = "오늘은 서점에서 소설을 샀다";

/// An account at a site that speaks Mastodon's API, not shown to be the member's yet.
async fn mastodon(world: &World, site: &Site) -> (contracts::UserId, serde_json::Value) {
    let user_id = somebody();
    let account = world.connect(user_id, "mastodon", &site.url("/@minji")).await;
    (user_id, account)
}

#[tokio::test]
async fn all_pages_are_read_by_their_own_links_and_later_only_what_is_new() {
    let site = Site::of(&[BOOKS, "그냥"], 3 * PAGE + 1).await;
    let world = World::beside(&site).await;
    let (user_id, account) = mastodon(&world, &site).await;
    site.change(|site| site.about = format!("<p>{}</p>", account["proof"].as_str().unwrap()));
    let import = world.import(user_id, &account).await;
    assert_eq!((&import["fetched"], &import["new"]), (&json!(121), &json!(121)));
    let statuses = "/api/v1/accounts/7/statuses";
    // The last one is empty: that a page is short says nothing.
    assert_eq!(site.answered(statuses).len(), 5);
    assert_eq!(seen(&world.told(user_id).await[0]), [("books".into(), vec!["mastodon".into()])]);

    for _ in 0..PAGE + 2 {
        site.write(BOOKS);
    }
    let import = world.import(user_id, &account).await;
    assert_eq!(import["new"], PAGE + 2);
    assert_eq!(site.answered(statuses).len(), 5 + 3, "it ends where known posts begin");
}

#[tokio::test]
async fn a_limit_pauses_an_import_and_it_goes_on_where_it_was() {
    let site = Site::of(&[BOOKS], 2 * PAGE).await;
    let world = World::beside(&site).await;
    let (user_id, account) = mastodon(&world, &site).await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "120");
    let fine = |site: &Site| site.change(|site| site.moods.clear());
    site.change(|site| site.moods = vec![limited; 1]);
    let before = world.sns.clock.now();
    let paused = world.import(user_id, &account).await;
    assert_eq!((&paused["status"], &paused["error"]), (&json!("paused"), &json!("limited")));
    let resume_at: jiff::Timestamp = paused["resume_at"].as_str().unwrap().parse().unwrap();
    assert_eq!((resume_at - before).get_seconds(), 120);
    // Who asks again meanwhile is answered with the same one.
    let again = world.import(user_id, &account).await;
    assert_eq!(again["id"], paused["id"]);
    fine(&site);
    world.pass(121);
    eventually("it goes on", async || {
        world.rest(user_id, &paused["id"]).await["status"] == "succeeded"
    })
    .await;
    let done = world.rest(user_id, &paused["id"]).await;
    assert_eq!(
        (&done["new"], &done["resume_at"], &done["error"]),
        (&json!(80), &json!(null), &json!(null))
    );
}

#[tokio::test]
async fn what_is_away_is_tried_again_and_stays_connected_however_long_it_is() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "feed", &site.url("/rss")).await;
    site.change(|site| site.moods = vec![ResponseTemplate::new(500); 7]);
    let paused = world.import(user_id, &account).await;
    assert_eq!((&paused["status"], &paused["error"]), (&json!("paused"), &json!("away")));
    for wait in [31, 61, 121, 241, 481, 961] {
        world.pass(wait);
        let moods = site.change(|site| site.moods.len());
        eventually("it is tried again", async || site.change(|site| site.moods.len()) < moods)
            .await;
        eventually("it rests", async || {
            world.count("SELECT FROM sns.sns_imports WHERE status = 'running'").await == 0
        })
        .await;
    }
    let failed = world.rest(user_id, &paused["id"]).await;
    assert_eq!((&failed["status"], &failed["error"]), (&json!("failed"), &json!("away")));
    assert_eq!(world.account(user_id, &account["id"]).await.unwrap()["state"], "unconfirmed");
    assert_eq!(world.import(user_id, &account).await["status"], "succeeded");
}

/// A provider's limit fails nothing, until it holds for more than a day.
#[tokio::test]
async fn a_server_that_only_ever_wants_to_be_left_alone_is_given_up() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "feed", &site.url("/rss")).await;
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "1");
    site.change(|site| site.moods = vec![busy; 1_000]);
    let began = world.sns.clock.now();
    let mut import = world.import(user_id, &account).await;
    for asked in 1..20 {
        if import["status"] == "failed" {
            break;
        }
        assert_eq!((&import["status"], &import["error"]), (&json!("paused"), &json!("limited")));
        let resume_at: jiff::Timestamp = import["resume_at"].as_str().unwrap().parse().unwrap();
        world.sns.clock.set(resume_at);
        let again = async || site.change(|site| site.asked.len()) > asked;
        eventually("it is tried again", again).await;
        import = world.rest(user_id, &import["id"]).await;
    }
    assert_eq!((&import["status"], &import["error"]), (&json!("failed"), &json!("limited")));
    assert_eq!(import["resume_at"], json!(null));
    assert!(world.sns.clock.now().duration_since(began).as_hours() >= 24);
    assert_eq!(site.change(|site| site.asked.len()), 14);
    assert_eq!(world.account(user_id, &account["id"]).await.unwrap()["state"], "unconfirmed");
    site.change(|site| site.moods.clear());
    assert_eq!(world.import(user_id, &account).await["status"], "succeeded");
}

#[tokio::test]
async fn an_account_that_was_read_just_now_is_left_alone_for_a_while() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "feed", &site.url("/rss")).await;
    world.import(user_id, &account).await;
    for (wait, then) in [("30", 29), ("1", 1)] {
        let refused = world.ask(user_id, &account).await;
        refused.expect_problem(429, "rate-limited");
        assert_eq!(refused.headers["retry-after"], wait);
        world.pass(then);
    }
    assert_eq!(site.answered("/rss"), [200]);
    // Another of theirs is another server.
    let other = world.connect(user_id, "feed", &site.url("/atom")).await;
    world.ask(user_id, &other).await.expect(202);
    world.ask(user_id, &account).await.expect(202);
}

/// YouTube's feeds are gone for hours, and come back.
#[tokio::test]
async fn a_feed_of_youtubes_that_is_not_found_is_only_away() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "youtube", "UCabcdefghijklmnopqrstuv").await;
    let here = format!("UPDATE sns.user_sns_accounts SET address = '{}'", site.url("/rss"));
    world.rows(&here).await;
    site.change(|site| site.moods = vec![ResponseTemplate::new(404)]);
    let paused = world.import(user_id, &account).await;
    assert_eq!((&paused["status"], &paused["error"]), (&json!("paused"), &json!("away")));
    world.pass(31);
    eventually("it goes on", async || {
        world.rest(user_id, &paused["id"]).await["status"] == "succeeded"
    })
    .await;
}

#[tokio::test]
async fn what_would_be_the_same_the_next_time_fails_and_says_why() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    for (address, error) in [
        (site.url("/nothing"), "not-found"),
        (site.url("/page"), "unreadable"),
        (site.url("/large"), "too-large"),
        (site.url("/away"), "not-public"),
        ("http://169.254.169.254/latest".to_owned(), "not-public"),
        ("http://127.0.0.1:5432/".to_owned(), "not-public"),
    ] {
        let account = world.connect(user_id, "feed", &address).await;
        let import = world.import(user_id, &account).await;
        assert_eq!(
            (&import["status"], &import["error"]),
            (&json!("failed"), &json!(error)),
            "{address}"
        );
    }
}

#[tokio::test]
async fn an_account_that_is_the_members_is_read_again_by_itself() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "feed", &site.url("/rss")).await;
    world.import(user_id, &account).await;
    let unshown = world.account(user_id, &account["id"]).await.unwrap();
    assert_eq!(unshown["next_import_at"], json!(null), "nobody's account is not read by itself");
    site.write(account["proof"].as_str().unwrap());
    world.import(user_id, &account).await;
    site.write(BOOKS);
    world.pass(24 * 3600 + 1);
    eventually("it is read", async || world.count("SELECT FROM sns.sns_posts").await == 5).await;
    eventually("it is over", async || {
        world.count("SELECT FROM sns.sns_imports WHERE status = 'succeeded'").await == 3
    })
    .await;
    let next = world.account(user_id, &account["id"]).await.unwrap()["next_import_at"].clone();
    let next: jiff::Timestamp = next.as_str().unwrap().parse().unwrap();
    assert!(next > world.sns.clock.now());
}

#[tokio::test]
async fn an_import_is_its_members_own() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let (user_id, account) = mastodon(&world, &site).await;
    let import = world.import(user_id, &account).await;
    let other = world.member(somebody());
    let path = format!("/api/sns/imports/{}", import["id"].as_str().unwrap());
    other.get(&path).await.expect_problem(404, "not-found");
    let body = json!({"account_id": account["id"]});
    other.post("/api/sns/import", body).await.expect_problem(404, "not-found");
    let path = format!("/api/me/sns-accounts/{}", account["id"].as_str().unwrap());
    other.delete(&path).await.expect_problem(404, "not-found");
}
