//! The PostgreSQL that the tests use: a given one, or a private cluster below `target/` that ends when nobody needs it.

use std::{
    fs::{self, File},
    ops::Deref,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use diesel_migrations::EmbeddedMigrations;
use pg::cluster::{Cluster, Error, Purpose};

use crate::Database;

/// The administrator's URL of the server that all tests share: `ADMIN_DATABASE_URL`, or the cluster in
/// `target/postgres`, which the first test process starts.
pub(crate) fn admin_url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| given_url().unwrap_or_else(shared_cluster_url))
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no settings of their own to read it from"
)]
fn given_url() -> Option<String> {
    std::env::var("ADMIN_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

fn shared_cluster_url() -> String {
    // Kept until the process ends, and with it the cluster.
    static USE: OnceLock<File> = OnceLock::new();
    let start = || {
        let folder = target().join("postgres");
        let cluster = Cluster::new(&folder, Purpose::Test)?;
        USE.get_or_init(|| announce_use(&folder));
        watch(&folder, IdleEnd::Stop);
        cluster.start()?;
        cluster.admin_url("postgres")
    };
    start().unwrap_or_else(|error: Error| panic!("no PostgreSQL for the tests: {error}"))
}

/// A PostgreSQL of the test's own, running: for tests that stop and start it. Deleted on drop.
pub struct PrivateCluster {
    cluster: Cluster,
    _use: File,
}

/// Makes a [`PrivateCluster`]; it takes two seconds, so share it among the steps of one test.
pub fn cluster() -> PrivateCluster {
    let folder = target().join(format!("postgres-{:016x}", rand::random::<u64>()));
    let make = || {
        let cluster = Cluster::new(&folder, Purpose::Test)?;
        let used = announce_use(&folder);
        watch(&folder, IdleEnd::Remove);
        cluster.start()?;
        Ok(PrivateCluster { cluster, _use: used })
    };
    make().unwrap_or_else(|error: Error| panic!("no PostgreSQL for the test: {error}"))
}

impl PrivateCluster {
    /// A database in this cluster, as [`Database::create`] makes it in the shared one.
    pub async fn database(
        &self,
        services: &'static [(&'static str, EmbeddedMigrations)],
    ) -> Database {
        match self.cluster.admin_url("postgres") {
            Ok(url) => Database::create_at(&url, services).await,
            Err(error) => panic!("the cluster has no address: {error}"),
        }
    }

    /// A database of this name that comes to be in this cluster by other means.
    pub fn named(&self, name: &str) -> Database {
        match self.cluster.admin_url("postgres") {
            Ok(url) => Database::named(&url, name),
            Err(error) => panic!("the cluster has no address: {error}"),
        }
    }
}

/// `start`, `stop` and the like.
impl Deref for PrivateCluster {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.cluster
    }
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        if let Err(error) = self.cluster.clone().remove() {
            eprintln!("a test's cluster is left behind: {error}");
        }
    }
}

/// The workspace's target folder, which git ignores.
fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")
}

/// Tells the watchdog that somebody uses the cluster, for as long as the answer lives; waits while it is being stopped.
fn announce_use(folder: &Path) -> File {
    let path = folder.join("users");
    let file = fs::File::create(&path).and_then(|file| file.lock_shared().map(|()| file));
    file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What happens to a cluster that nobody has used for a minute.
#[derive(Clone, Copy)]
enum IdleEnd {
    Stop,
    Remove,
}

/// Starts the process that ends the cluster when nobody has used it for a minute: a killed test cannot do it.
/// Does nothing where one is watching already.
fn watch(folder: &Path, end: IdleEnd) {
    let mut watchdog = Command::new("sh");
    watchdog.args(["-c", include_str!("watchdog.sh"), "watchdog"]).arg(folder);
    watchdog.arg(match end {
        IdleEnd::Stop => "stop",
        IdleEnd::Remove => "remove",
    });
    // Of its own group, so that neither ^C nor a test runner takes it along.
    watchdog.process_group(0);
    watchdog.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = watchdog.spawn() {
        eprintln!("nobody will stop the tests' PostgreSQL: {error}");
    }
}
