//! Servers of others on loopback: a network of Bluesky's kind, and a server of the fediverse.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tools::{Atproto, Snac};

use crate::{World, seen, somebody};

const POSTS: [&str; 3] = ["오늘은 서점에서 소설을 샀다", "등산을 다녀왔다", "안녕"];

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn log(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sns-{name}.log"))
}

/// The account is opened after it was connected, so that it can show the proof.
async fn read(
    world: &World,
    channel: &str,
    address: &str,
    open: impl FnOnce([&str; 4]) + Send + 'static,
) {
    let user_id = somebody();
    let account = world.connect(user_id, channel, address).await;
    let failed = world.import(user_id, &account).await;
    assert_eq!((&failed["status"], &failed["error"]), (&json!("failed"), &json!("not-found")));
    let proof = account["proof"].as_str().unwrap();
    let proof = proof.to_owned();
    let open = move || open([POSTS[0], POSTS[1], POSTS[2], &proof]);
    tokio::task::spawn_blocking(open).await.unwrap();
    let import = world.import(user_id, &account).await;
    assert_eq!((&import["status"], &import["error"]), (&json!("succeeded"), &json!(null)));
    assert_eq!((&import["fetched"], &import["new"]), (&json!(4), &json!(4)));
    assert_eq!(world.account(user_id, &account["id"]).await.unwrap()["state"], "confirmed");
    let told = world.told(user_id).await;
    assert!(seen(&told[0]).iter().all(|(_, sources)| sources == &[channel]), "{told:?}");
    assert_eq!(world.import(user_id, &account).await["new"], 0);
}

#[tokio::test]
async fn an_account_at_bluesky_is_read_from_its_own_server() {
    let (pds, plc) = (free_address(), free_address());
    let start = move || Atproto::start(pds, plc, &log("atproto")).unwrap();
    let network = tokio::task::spawn_blocking(start).await.unwrap();
    let world = World::start(&[
        ("BLUESKY_RESOLVER_URL", &*network.pds_url()),
        ("PLC_URL", &*network.plc_url()),
        ("EGRESS_BESIDES", &*format!("{pds}, {plc}")),
    ])
    .await;
    let network = Arc::new(network);
    let opening = network.clone();
    read(&world, "bluesky", "@minji.test", move |posts| {
        opening.account("minji", &posts).unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_account_at_a_server_of_the_fediverse_is_read() {
    let address = free_address();
    let start = move || Snac::start(address, &log("snac")).unwrap();
    let server = tokio::task::spawn_blocking(start).await.unwrap();
    let world = World::start(&[("EGRESS_BESIDES", &*address.to_string())]).await;
    let profile = format!("{}/@minji", server.url());
    let server = Arc::new(server);
    let opening = server.clone();
    read(&world, "mastodon", &profile, move |posts| opening.account("minji", &posts).unwrap())
        .await;
}
