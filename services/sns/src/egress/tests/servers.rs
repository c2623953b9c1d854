//! Reading through the real servers that imports meet, each on loopback.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tools::{Atproto, Snac};

use super::{Egress, egress, get};
use crate::feeds::{read, text_of};

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn log(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    target.join(format!("sns-{name}.log"))
}

async fn json(egress: &Egress, url: &str) -> Value {
    serde_json::from_slice(&get(egress, url).await.unwrap().body).unwrap()
}

#[tokio::test]
async fn posts_of_a_bluesky_network() {
    let (pds, plc) = (free_address(), free_address());
    let posts = ["도서관에서 소설을 빌렸다.", "A walk in the forest.", "세 번째"];
    let start = move || {
        let network = Atproto::start(pds, plc, &log("atproto")).unwrap();
        let did = network.account("alice", &posts).unwrap();
        (network, did)
    };
    let (network, did) = tokio::task::spawn_blocking(start).await.unwrap();
    let egress = egress(&[pds, plc], None);

    let resolve = "xrpc/com.atproto.identity.resolveHandle?handle=alice.test";
    let handle = json(&egress, &format!("{}/{resolve}", network.pds_url())).await;
    assert_eq!(handle["did"], did.as_str());
    let document = json(&egress, &format!("{}/{did}", network.plc_url())).await;
    assert_eq!(document["service"][0]["id"], "#atproto_pds");
    let home = document["service"][0]["serviceEndpoint"].as_str().unwrap();
    let list =
        format!("xrpc/com.atproto.repo.listRecords?repo={did}&collection=app.bsky.feed.post");
    let records = json(&egress, &format!("{home}/{list}&reverse=true")).await;
    let texts = records["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["value"]["text"].as_str().unwrap());
    assert_eq!(texts.collect::<Vec<_>>(), posts);
}

#[tokio::test]
async fn posts_of_a_mastodon_server() {
    let address = free_address();
    let posts = ["도서관에서 소설을 빌렸다.", "A walk in the forest."];
    let start = move || {
        let server = Snac::start(address, &log("snac")).unwrap();
        server.account("alice", &posts).unwrap();
        server
    };
    let server = tokio::task::spawn_blocking(start).await.unwrap();
    let egress = egress(&[address], None);

    let api = format!("{}/api/v1/accounts", server.url());
    let account = json(&egress, &format!("{api}/lookup?acct=alice")).await;
    let id = account["id"].as_str().unwrap();
    let statuses = json(&egress, &format!("{api}/{id}/statuses?exclude_reblogs=true")).await;
    let statuses = statuses.as_array().unwrap().iter();
    let mut texts: Vec<_> =
        statuses.map(|it| text_of(it["content"].as_str().unwrap(), 500)).collect();
    texts.reverse(); // the newest come first
    assert_eq!(texts, posts);

    let page = get(&egress, &format!("{}/alice.rss", server.url())).await.unwrap();
    assert_eq!(read(&page.body, &page.url).unwrap().posts.len(), posts.len());
}
