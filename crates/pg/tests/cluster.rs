//! A private PostgreSQL: made once, kept over restarts, wherever its folder is and whoever starts it.

#![cfg(feature = "cluster")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

use std::{
    fs::{self, DirBuilder},
    net::TcpListener,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use diesel_async::SimpleAsyncConnection;
use pg::{
    Connector, Settings,
    cluster::{Cluster, Purpose},
};

/// Removes the cluster of a test that failed half way, too.
struct Removed(Cluster);

impl Drop for Removed {
    fn drop(&mut self) {
        self.0.clone().remove().unwrap();
    }
}

/// A folder that is not there yet, below one that only we may enter if `private`.
fn folder(name: &str, private: bool) -> PathBuf {
    let above =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let mode = if private { 0o700 } else { 0o755 };
    DirBuilder::new().mode(mode).create(&above).unwrap();
    above.join("cluster")
}

async fn run(cluster: &Cluster, statement: &str) -> Result<(), pg::Error> {
    let settings = Settings::new(cluster.admin_url("postgres").unwrap());
    let connector = Connector::new(&settings).unwrap();
    Ok(connector.connect().await?.batch_execute(statement).await?)
}

#[tokio::test]
async fn it_is_made_once_and_keeps_its_data_and_its_address() {
    let folder = folder("kept", false);
    // As if an earlier start had been killed in the middle.
    fs::create_dir_all(folder.join("data.unfinished/base")).unwrap();
    let starts: Vec<_> = (0..3)
        .map(|_| {
            let cluster = Cluster::new(&folder, Purpose::Keep).unwrap();
            std::thread::spawn(move || cluster.start())
        })
        .collect();
    for start in starts {
        start.join().unwrap().unwrap();
    }
    let cluster = Removed(Cluster::new(&folder, Purpose::Keep).unwrap());
    run(&cluster.0, "CREATE TABLE kept ()").await.unwrap();
    let url = cluster.0.admin_url("postgres").unwrap();
    assert_eq!(fs::metadata(folder.join("password")).unwrap().mode() & 0o777, 0o600);

    cluster.0.stop().unwrap();
    assert!(!cluster.0.is_running().unwrap());
    cluster.0.stop().unwrap();
    cluster.0.start().unwrap();
    run(&cluster.0, "SELECT FROM kept").await.unwrap();
    assert_eq!(cluster.0.admin_url("postgres").unwrap(), url);

    // Somebody else has taken the port while the server was away.
    cluster.0.stop().unwrap();
    let port: u16 = fs::read_to_string(folder.join("port")).unwrap().parse().unwrap();
    let _other = TcpListener::bind(("127.0.0.1", port)).unwrap();
    cluster.0.start().unwrap();
    run(&cluster.0, "SELECT FROM kept").await.unwrap();
}

#[tokio::test]
async fn a_folder_that_the_server_cannot_enter_is_no_obstacle() {
    let folder = folder("private", true);
    let cluster = Cluster::new(&folder, Purpose::Test).unwrap();
    cluster.start().unwrap();
    run(&cluster, "SELECT 1").await.unwrap();
    let data = cluster.data().unwrap();

    // Deleted by hand, with the server running: the next one begins anew.
    fs::remove_dir_all(&folder).unwrap();
    let again = Removed(Cluster::new(&folder, Purpose::Test).unwrap());
    again.0.start().unwrap();
    run(&again.0, "SELECT 1").await.unwrap();
    assert_eq!(again.0.data().unwrap(), data);
    drop(again);
    assert!(!data.exists() && !folder.exists());
}
