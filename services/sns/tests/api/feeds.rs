//! Feeds from end to end: connected, read, shown to be the member's, weighed, told.

use serde_json::json;

use crate::site::Site;
use crate::{World, seen, somebody};

const BOOKS: &str = "오늘은 서점에서 소설을 샀다";
const HIKING: &str = "등산을 다녀왔다";

#[tokio::test]
async fn what_a_member_writes_counts_once_they_have_shown_that_it_is_theirs() {
    for path in ["/rss", "/atom", "/"] {
        let site = Site::of(&[BOOKS], 12).await;
        let world = World::beside(&site).await;
        let user_id = somebody();
        let account = world.connect(user_id, "feed", &site.url(path)).await;
        let import = world.import(user_id, &account).await;
        assert_eq!((&import["status"], &import["error"]), (&json!("succeeded"), &json!(null)));
        assert_eq!((&import["fetched"], &import["new"]), (&json!(12), &json!(12)), "{path}");
        assert_eq!(import["topics"], json!(["books"]));
        assert_eq!(world.account(user_id, &account["id"]).await.unwrap()["state"], "unconfirmed");
        assert!(world.told(user_id).await.is_empty(), "it counts for nobody yet");

        site.change(|site| site.about = format!("책 {}", account["proof"].as_str().unwrap()));
        let import = world.import(user_id, &account).await;
        assert_eq!((&import["fetched"], &import["new"]), (&json!(12), &json!(0)));
        let shown = world.account(user_id, &account["id"]).await.unwrap();
        assert_eq!((&shown["state"], &shown["proof"]), (&json!("confirmed"), &json!(null)));
        let told = world.told(user_id).await;
        assert_eq!(told.len(), 1);
        assert_eq!(seen(&told[0]), [("books".to_owned(), vec!["feed".to_owned()])]);
    }
}

#[tokio::test]
async fn a_proof_in_a_post_is_one_and_that_of_somebody_else_is_none() {
    let site = Site::of(&[BOOKS], 3).await;
    let world = World::beside(&site).await;
    let (mine, other) = (somebody(), somebody());
    let account = world.connect(mine, "feed", &site.url("/rss")).await;
    let theirs = world.connect(other, "feed", &site.url("/rss")).await;
    site.write(account["proof"].as_str().unwrap());
    world.import(mine, &account).await;
    world.import(other, &theirs).await;
    assert_eq!(world.account(mine, &account["id"]).await.unwrap()["state"], "confirmed");
    assert_eq!(world.account(other, &theirs["id"]).await.unwrap()["state"], "unconfirmed");
    assert_eq!((world.told(mine).await.len(), world.told(other).await.len()), (1, 0));
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again_and_what_is_new_is_counted() {
    let site = Site::of(&[BOOKS], 5).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "feed", &site.url("/atom")).await;
    site.change(|site| site.about = account["proof"].as_str().unwrap().to_owned());
    world.import(user_id, &account).await;
    let nothing = world.import(user_id, &account).await;
    assert_eq!((&nothing["status"], &nothing["fetched"]), (&json!("succeeded"), &json!(0)));
    site.write(HIKING);
    let import = world.import(user_id, &account).await;
    assert_eq!((&import["fetched"], &import["new"]), (&json!(6), &json!(1)));
    assert_eq!(site.answered("/atom"), [200, 304, 200]);
    assert_eq!(world.told(user_id).await.len(), 2);
    assert_eq!(world.count("SELECT FROM sns.sns_posts").await, 6);
}

#[tokio::test]
async fn posts_are_not_kept() {
    let site = Site::of(&[BOOKS], 2).await;
    let world = World::beside(&site).await;
    let user_id = somebody();
    let account = world.connect(user_id, "feed", &site.url("/rss")).await;
    world.import(user_id, &account).await;
    let rows = world.rows("SELECT p::text FROM sns.sns_posts p").await;
    assert_eq!(rows.len(), 2);
    for table in ["sns_posts", "sns_imports", "user_sns_accounts"] {
        let with = format!("SELECT FROM sns.{table} t WHERE t::text LIKE '%서점%'");
        assert_eq!(world.count(&with).await, 0, "{table}");
    }
}
