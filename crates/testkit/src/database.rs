//! A database for each test, cloned from a migrated template.
//!
//! The schemas have fixed names, so the unit of isolation is the database. Every role's password is its name.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel_migrations::EmbeddedMigrations;
use pg::{Pool, Settings};
use tokio_postgres::{Client, NoTls};
use url::Url;

use crate::{server, template};

/// A database of the test's own; dropped with it.
pub struct Database {
    admin_url: Url,
    name: String,
}

impl Database {
    /// A database with the set-up and the given services' tables, each given by its name and its migrations.
    ///
    /// Panics when there is no PostgreSQL and none can be installed.
    pub async fn create(services: &'static [(&'static str, EmbeddedMigrations)]) -> Self {
        Self::create_at(server::admin_url(), services).await
    }

    /// [`Database::create`] on the server of the given administrator's URL.
    pub(crate) async fn create_at(
        admin_url: &str,
        services: &'static [(&'static str, EmbeddedMigrations)],
    ) -> Self {
        let mut admin_url = Url::parse(admin_url).expect("the administrator's URL is one");
        admin_url.set_path("/postgres");
        let lobby = connect(admin_url.as_str()).await;
        sweep(&lobby).await;

        let template = template::ensure(&lobby, &admin_url, services).await;
        let name = format!("{PREFIX}{}_{:016x}", unix_seconds(), rand::random::<u64>());
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        lobby.batch_execute(&create).await.expect("the template can be cloned");
        Self { admin_url, name }
    }

    /// A database that comes to be by other means.
    pub(crate) fn named(admin_url: &str, name: &str) -> Self {
        let admin_url = Url::parse(admin_url).expect("the administrator's URL is one");
        Self { admin_url, name: name.to_owned() }
    }

    /// The URL of a service's app role.
    pub fn app_url(&self, service: &str) -> String {
        self.role_url(&format!("{service}_app"))
    }

    /// The URL of a service's owner role.
    pub fn owner_url(&self, service: &str) -> String {
        self.role_url(&format!("{service}_owner"))
    }

    /// The administrator's URL.
    pub fn admin_url(&self) -> String {
        at_database(&self.admin_url, &self.name)
    }

    /// A pool of a service's app role, with the default settings.
    pub fn pool(&self, service: &str) -> Pool {
        Pool::new(&Settings::new(self.app_url(service))).expect("a good URL")
    }

    pub(crate) fn role_url(&self, role: &str) -> String {
        role_url(&self.admin_url, &self.name, role)
    }
}

impl Drop for Database {
    /// Waits until it is gone: a process that ends does not finish what it began.
    fn drop(&mut self) {
        let url = self.admin_url.clone();
        let name = self.name.clone();
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                // Where the test has stopped the server for good, the sweep comes later, or nobody cares.
                if let Ok(lobby) = try_connect(url.as_str()).await {
                    let _ = drop_database(&lobby, &name).await;
                }
            });
        });
        let _ = dropper.join();
    }
}

/// The URL of `role`, whose password is its name.
pub(crate) fn role_url(admin_url: &Url, database: &str, role: &str) -> String {
    let mut url = admin_url.clone();
    let set = url.set_username(role).and_then(|()| url.set_password(Some(role)));
    set.expect("a URL with a host takes a user");
    at_database(&url, database)
}

pub(crate) fn at_database(url: &Url, database: &str) -> String {
    let mut url = url.clone();
    url.set_path(database);
    url.into()
}

/// Connects without a pool and without Diesel, which hides the codes of errors.
pub(crate) async fn connect(url: &str) -> Client {
    try_connect(url).await.unwrap_or_else(|error| panic!("cannot connect to PostgreSQL: {error:?}"))
}

async fn try_connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(driver);
    Ok(client)
}

const PREFIX: &str = "damacorch_test_";

/// Drops what killed tests have left: databases older than an hour.
async fn sweep(lobby: &Client) {
    let query = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)";
    let rows = lobby.query(query, &[&PREFIX]).await.expect("the list of databases");
    let old = unix_seconds() - Duration::from_secs(3600).as_secs();
    for row in rows {
        let name: String = row.get(0);
        let made: Option<u64> =
            name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()?.parse().ok());
        if made.is_some_and(|made| made < old) {
            // Another test may be quicker.
            let _ = drop_database(lobby, &name).await;
        }
    }
}

async fn drop_database(lobby: &Client, name: &str) -> Result<(), tokio_postgres::Error> {
    // FORCE does it alone, but looks only ten times a second whether the last connection has gone.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    for _ in 0..100 {
        if lobby.execute(end, &[&name]).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    lobby.batch_execute(&drop).await
}

pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
