//! Preparing a database: roles, schemas, rights and the event log, as an administrator.

use std::time::Duration;

use diesel::{QueryableByName, sql_types::Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use postgres_protocol::password::scram_sha_256;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Connection, Connector, Settings, SettingsError, SetupError};

/// The scripts of the set-up, in order.
pub const SETUP: [&str; 2] = [
    include_str!("../../../deploy/database/setup.sql"),
    include_str!("../../../deploy/database/events.sql"),
];

/// Makes the database that `admin_url` names if it is not there, then its roles, schemas and event log; then gives each
/// of the platform's roles the password that `password_of` has for it. Doing it again changes nothing.
pub async fn setup(
    admin_url: &str,
    password_of: impl Fn(&str) -> Option<SecretString>,
) -> Result<(), SetupError> {
    let mut url = Url::parse(admin_url).map_err(|_| SettingsError::Url)?;
    let database = url.path().trim_start_matches('/').to_owned();
    url.set_path("/postgres");
    let mut lobby = connect(url.as_str()).await?;

    // Roles belong to the cluster, locks to a database: whoever sets up any database locks in this one, which is always
    // there. The lock ends with the connection.
    lobby.batch_execute("SELECT pg_advisory_lock(hashtext('damacorch set-up'))").await?;
    create_database(&mut lobby, &database).await?;

    let mut conn = connect(admin_url).await?;
    for script in SETUP {
        conn.batch_execute(script).await?;
    }
    for role in roles(&mut conn).await? {
        if let Some(password) = password_of(&role) {
            // Hashed here, so that no log of statements ever shows it.
            let hash = scram_sha_256(password.expose_secret().as_bytes());
            conn.batch_execute(&format!("ALTER ROLE {role} PASSWORD '{hash}'")).await?;
        }
    }
    Ok(())
}

async fn connect(url: &str) -> Result<Connection, SetupError> {
    // Waiting for another set-up is a statement too.
    let settings = Settings { statement_timeout: Duration::ZERO, ..Settings::new(url) };
    Ok(Connector::new(&settings)?.connect().await?)
}

async fn create_database(lobby: &mut Connection, name: &str) -> Result<(), SetupError> {
    let there = diesel::sql_query("SELECT datname AS name FROM pg_database WHERE datname = $1")
        .bind::<Text, _>(name)
        .load::<Name>(lobby)
        .await?;
    if there.is_empty() {
        let quoted = name.replace('"', "\"\"");
        lobby.batch_execute(&format!("CREATE DATABASE \"{quoted}\"")).await?;
    }
    Ok(())
}

/// The roles that setup.sql made, quoted where they need it.
async fn roles(conn: &mut Connection) -> Result<Vec<String>, SetupError> {
    let roles = diesel::sql_query(
        "SELECT quote_ident(rolname) AS name FROM pg_roles \
         WHERE shobj_description(oid, 'pg_authid') = 'damacorch' ORDER BY rolname",
    );
    Ok(roles.load::<Name>(conn).await?.into_iter().map(|row| row.name).collect())
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}
