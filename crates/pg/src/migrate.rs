//! Running a service's migrations, by its owner role, on a direct connection (never through a pooler).

use std::time::Duration;

use diesel::{migration::MigrationSource, pg::Pg};
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::MigrationHarness;
use tokio::runtime::Handle;

use crate::{Connection, Connector, Settings, SetupError};

/// Applies what is pending and answers the versions applied, oldest first.
///
/// The table of versions lies in the first schema of the role's `search_path`: the service's own. Several callers at
/// once wait for each other.
pub async fn migrate(
    url: &str,
    migrations: impl MigrationSource<Pg> + Send + 'static,
) -> Result<Vec<String>, SetupError> {
    with_harness(url, move |harness| {
        let applied = harness.run_pending_migrations(migrations)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
    .await
}

/// Takes back every migration, newest first, and answers their versions. For tests: it destroys what it takes back.
pub async fn revert(
    url: &str,
    migrations: impl MigrationSource<Pg> + Send + 'static,
) -> Result<Vec<String>, SetupError> {
    with_harness(url, move |harness| {
        let reverted = harness.revert_all_migrations(migrations)?;
        Ok(reverted.iter().map(ToString::to_string).collect())
    })
    .await
}

type Harness = AsyncMigrationHarness<Connection>;

async fn with_harness(
    url: &str,
    work: impl FnOnce(&mut Harness) -> diesel::migration::Result<Vec<String>> + Send + 'static,
) -> Result<Vec<String>, SetupError> {
    let settings = Settings {
        // A migration may take its time over the rows.
        statement_timeout: Duration::ZERO,
        ..Settings::new(url)
    };
    let mut connection = Connector::new(&settings)?.connect().await?;
    // Migrations of one schema wait for each other for a minute. For tables they wait for seconds: everybody who wants a
    // locked table afterwards queues behind the migration.
    connection
        .batch_execute(
            "SET lock_timeout = '60s';
             SELECT pg_advisory_lock(hashtext('migrate ' || current_schema()));
             SET lock_timeout = '5s'",
        )
        .await?;
    // The harness blocks its thread, which a runtime of one thread (Actix's) does not survive.
    let thread = Handle::current().spawn_blocking(move || {
        work(&mut Harness::new(connection))
            .map_err(|error| SetupError::Migration(error.to_string()))
    });
    thread.await.map_err(|error| SetupError::Migration(error.to_string()))?
}
