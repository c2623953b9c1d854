//! A backup of the database: a folder with a dump (`pg_dump`) and, of the same moment, what must be in it.
//!
//! Roles are not in it, and no password: [`pg::setup`] makes them, wherever it is restored.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use chassis::StartError;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use pg::Connection;
use secrecy::SecretString;

use crate::client::{connect, run};
use crate::contents::Contents;

/// In PostgreSQL's own format: compressed, and restored whole or in parts.
const DUMP: &str = "damacorch.dump";
/// Written last: without it a backup was not finished.
const CONTENTS: &str = "contents.json";

/// Saves the database at `admin_url` in `folder`, which is made. Nobody is held up: it reads one snapshot, whatever is
/// written meanwhile.
pub async fn save(admin_url: &str, folder: &Path) -> Result<Contents, StartError> {
    #[derive(QueryableByName)]
    struct Snapshot {
        #[diesel(sql_type = Text)]
        id: String,
    }
    // What is in it is nobody else's business.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| format!("{}: {error}", folder.display()))?;
    let dump = folder.join(DUMP);
    if dump.exists() {
        return Err(format!("there is a backup in {} already", folder.display()).into());
    }
    let mut conn = connect(admin_url).await?;
    conn.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let Snapshot { id } =
        sql_query("SELECT pg_export_snapshot() AS id").get_result(&mut conn).await?;
    let snapshot = format!("--snapshot={id}");
    let file = format!("--file={}", dump.display());
    let arguments = ["--format=custom".into(), snapshot, file];
    let (contents, dumped) =
        tokio::join!(Contents::read(&mut conn), run("pg_dump", admin_url, &arguments));
    dumped?;
    let contents = contents?;
    fs::write(folder.join(CONTENTS), serde_json::to_vec_pretty(&contents)?)?;
    Ok(contents)
}

/// Makes the database that `admin_url` names, where nothing may be yet, with what is in `folder`; fails unless every row is
/// there. Then the set-up puts its events before all that will come (`deploy/database/events.sql`).
pub async fn restore(
    admin_url: &str,
    password_of: impl Fn(&str) -> Option<SecretString>,
    folder: &Path,
) -> Result<Contents, StartError> {
    let contents = fs::read(folder.join(CONTENTS));
    let contents =
        contents.map_err(|_| format!("there is no finished backup in {}", folder.display()))?;
    let saved: Contents = serde_json::from_slice(&contents)?;
    // The database, and the roles to whom things belong.
    pg::setup(admin_url, &password_of).await?;
    let mut conn = connect(admin_url).await?;
    clear(&mut conn).await?;
    let dump = folder.join(DUMP).display().to_string();
    let arguments = ["--single-transaction".into(), "--exit-on-error".into(), dump];
    run("pg_restore", admin_url, &arguments).await?;
    saved.expect(&Contents::read(&mut conn).await?)?;
    pg::setup(admin_url, &password_of).await?;
    Ok(saved)
}

/// Takes away the schemas that the set-up has made, in which nothing is yet.
async fn clear(conn: &mut Connection) -> Result<(), StartError> {
    let Contents { tables, .. } = Contents::read(conn).await?;
    let made = |name: &str| name.starts_with("events.");
    let sent = tables.get("events.log").is_some_and(|log| log.rows > 0);
    if sent || tables.keys().any(|name| !made(name)) {
        return Err("the database is not empty: a backup is restored into a new one".into());
    }
    let schemas = "DO $$ DECLARE one text; BEGIN
        FOR one IN SELECT nspname FROM pg_namespace WHERE nspowner::regrole::text = nspname || '_owner' LOOP
            EXECUTE format('DROP SCHEMA %I CASCADE', one);
        END LOOP; END $$";
    Ok(conn.batch_execute(&format!("SET client_min_messages = warning; {schemas}")).await?)
}
