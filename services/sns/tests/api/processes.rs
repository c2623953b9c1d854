//! What is seen of the service's own process while it imports: its memory, and what it says.

use contracts::UserId;
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Database, Process};

use crate::site::Site;
use crate::{KEYS, TABLES, eventually, somebody};

async fn start(database: &Database, settings: &[(&str, &str)]) -> Process {
    let settings: Vec<_> = [("TOKEN_KEYS", KEYS)].iter().chain(settings).copied().collect();
    Process::start("sns", env!("CARGO_BIN_EXE_sns"), database, &settings).await
}

/// Connects a feed, imports it, and says what became of it, or of its first attempt.
async fn import(process: &Process, user_id: UserId, address: &str) -> Value {
    let member = process.as_member(user_id);
    let body = json!({"channel": "feed", "address": address});
    let account = member.post("/api/me/sns-accounts", body).await.expect(201);
    let body = json!({"account_id": account["id"]});
    let import = member.post("/api/sns/import", body).await.expect(202);
    let path = format!("/api/sns/imports/{}", import["id"].as_str().unwrap());
    let mut rests = Value::Null;
    eventually("the import rests", async || {
        rests = member.get(&path).await.expect(200);
        ["succeeded", "failed", "paused"].contains(&rests["status"].as_str().unwrap())
    })
    .await;
    rests
}

/// `cargo test -p sns --test api memory -- --nocapture` prints it.
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_an_import_of_five_thousand_entries_is_bounded() {
    const ENTRIES: usize = 5_000;
    const MIB: u64 = 1024;
    let text = "오늘은 서점에서 소설을 샀다. ".repeat(8);
    let site = Site::of(&[&text[..text.floor_char_boundary(315)]], ENTRIES).await;
    let bytes = site.change(|site| site.rss().len());
    assert!((1_950_000..2 << 20).contains(&bytes), "{bytes}");
    let database = Database::create(TABLES).await;
    let process = start(&database, &[("EGRESS_BESIDES", &site.address())]).await;
    let feed = site.url("/rss");
    // Somebody who asks for something small has everything made that is made once.
    import(&process, somebody(), &site.url("/page")).await;
    let idle = process.peak_memory_kib();
    let one = import(&process, somebody(), &feed).await;
    assert_eq!((&one["status"], &one["new"]), (&json!("succeeded"), &json!(ENTRIES)));
    let by_one = process.peak_memory_kib() - idle;
    let four = join_all((0..4).map(|_| import(&process, somebody(), &feed))).await;
    assert!(four.iter().all(|import| import["new"] == ENTRIES), "{four:?}");
    let by_four = process.peak_memory_kib() - idle;
    println!(
        "a feed of {ENTRIES} entries, {bytes} bytes: {} MiB at rest, {} MiB more at most for one, {} for four at once",
        idle / MIB,
        by_one / MIB,
        by_four / MIB
    );
    assert!(by_one < 32 * MIB && by_four < 128 * MIB, "{by_one} {by_four} KiB");
}

/// Whoever sets a proxy for the machine does not mean these: a proxy would look names up by itself, and reach what it can.
#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_of_the_environment_stands_between() {
    let (site, proxy) = (Site::of(&["등산을 다녀왔다"], 3).await, Site::of(&["a trap"], 1).await);
    let proxy_url = proxy.url("");
    let database = Database::create(TABLES).await;
    let mut settings = vec![("EGRESS_BESIDES", site.address())];
    let names =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    settings.extend(names.map(|name| (name, proxy_url.clone())));
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let process = start(&database, &settings).await;
    let read = import(&process, somebody(), &site.url("/rss")).await;
    assert_eq!((&read["status"], &read["new"]), (&json!("succeeded"), &json!(3)));
    assert_eq!(proxy.change(|proxy| proxy.asked.len()), 0);
}

/// Promise 22: a member's address is personal, and whoever connects for us would tell it.
#[tokio::test(flavor = "multi_thread")]
async fn no_line_says_where_a_member_writes_however_much_is_logged() {
    let site = Site::of(&["등산을 다녀왔다"], 3).await;
    let database = Database::create(TABLES).await;
    let settings = [("EGRESS_BESIDES", &*site.address()), ("LOG_LEVEL", "trace")];
    let process = start(&database, &settings).await;
    let read = import(&process, somebody(), &site.url("/rss?of=minjis-diary")).await;
    assert_eq!(read["status"], "succeeded");
    let away = import(&process, somebody(), "http://minjis-diary.invalid/feed-of-hers").await;
    assert_eq!(away["error"], "away");
    // The last line of the last import: the others came before it.
    let ends = async || process.said().contains("an import is halted");
    eventually("it has said all", ends).await;
    let said = process.said();
    assert!(said.contains("\"level\":\"DEBUG\""), "{said}");
    let telling: Vec<_> = said.lines().filter(|line| line.contains("minjis-diary")).collect();
    assert!(telling.is_empty(), "{telling:#?}");
}
