//! Template databases: the set-up and some services' migrations, run once and cloned by every test.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::{
    connection::{Connection, Instrumentation, InstrumentationEvent},
    migration::{Migration, MigrationSource},
    pg::Pg,
};
use diesel_async::{SimpleAsyncConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::EmbeddedMigrations;
use pg::{Connector, Settings};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use url::Url;

use crate::database::{at_database, role_url, unix_seconds};

type Services = &'static [(&'static str, EmbeddedMigrations)];

/// The name of the template for these services; makes it where there is none.
///
/// The name holds a hash of all the SQL that went into it, so an edited migration has another template.
pub(crate) async fn ensure(lobby: &Client, admin_url: &Url, services: Services) -> String {
    let today = unix_seconds() / 86_400;
    let name = format!("{PREFIX}{today}_{}", hash(admin_url, services).await);
    if is_ready(lobby, &name).await {
        return name;
    }
    lobby.execute("SELECT pg_advisory_lock(hashtext($1))", &[&name]).await.expect("the lock");
    if !is_ready(lobby, &name).await {
        drop_old(lobby, today).await;
        // One that was begun and not finished.
        run(lobby, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        make(admin_url, &name, services).await;
        // No connection may be open while it is cloned.
        run(lobby, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false IS_TEMPLATE true"))
            .await;
    }
    lobby.execute("SELECT pg_advisory_unlock(hashtext($1))", &[&name]).await.expect("the lock");
    name
}

/// Every role gets its name as its password.
pub(crate) fn test_password(role: &str) -> Option<SecretString> {
    Some(role.into())
}

async fn make(admin_url: &Url, name: &str, services: Services) {
    let set_up = pg::setup(&at_database(admin_url, name), test_password).await;
    set_up.unwrap_or_else(|error| panic!("the set-up failed: {error:?}"));
    for (service, migrations) in services {
        let url = role_url(admin_url, name, &format!("{service}_owner"));
        let migrated = pg::migrate(&url, Embedded(migrations)).await;
        migrated.unwrap_or_else(|error| panic!("{service}'s migrations failed: {error:?}"));
    }
}

async fn is_ready(lobby: &Client, name: &str) -> bool {
    let query = "SELECT FROM pg_database WHERE datname = $1 AND datistemplate";
    lobby.query_opt(query, &[&name]).await.expect("the list of databases").is_some()
}

const PREFIX: &str = "damacorch_template_";

/// Drops the templates of the days before yesterday: nobody knows when one was last used, and making one is quick.
async fn drop_old(lobby: &Client, today: u64) {
    let query = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)";
    for row in lobby.query(query, &[&PREFIX]).await.expect("the list of databases") {
        let name: String = row.get(0);
        let day = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()?.parse().ok());
        if day.is_some_and(|day: u64| day + 1 < today) {
            // Another process may be quicker.
            let _ = lobby.batch_execute(&format!("ALTER DATABASE {name} IS_TEMPLATE false")).await;
            let _ = lobby.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await;
        }
    }
}

async fn run(lobby: &Client, sql: &str) {
    lobby.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

async fn hash(admin_url: &Url, services: Services) -> String {
    let mut hasher = Sha256::new();
    for sql in pg::SETUP {
        hasher.update(sql);
    }
    for (service, migrations) in services {
        hasher.update(service);
        hasher.update(sql_of(admin_url, migrations).await);
    }
    hasher.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text of the migrations, which Diesel keeps to itself: they are told to a connection that is dead already, and its
/// instrumentation listens.
async fn sql_of(admin_url: &Url, migrations: &'static EmbeddedMigrations) -> String {
    let connector = Connector::new(&Settings::new(admin_url.as_str())).expect("a good URL");
    let mut dead = connector.connect().await.expect("a connection");
    let _ = dead.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())").await;

    let heard = Heard::default();
    let instrumentation = heard.clone();
    let telling = tokio::task::spawn_blocking(move || {
        let mut dead: AsyncConnectionWrapper<_> = AsyncConnectionWrapper::from(dead);
        dead.set_instrumentation(instrumentation);
        for migration in Embedded(migrations).migrations().expect("embedded") {
            migration.run(&mut dead).expect_err("nobody is there to run it");
        }
    });
    telling.await.expect("no panic");
    heard.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl Instrumentation for Heard {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push_str(&query.to_string());
        }
    }
}

/// Borrowed migrations, which Diesel does not take for a source.
struct Embedded(&'static EmbeddedMigrations);

impl MigrationSource<Pg> for Embedded {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Pg>>>> {
        self.0.migrations()
    }
}
