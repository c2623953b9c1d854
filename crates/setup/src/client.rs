//! Speaking to the database as its administrator: by a connection, or by PostgreSQL's own programs.

use std::time::Duration;

use chassis::StartError;
use percent_encoding::percent_decode_str;
use pg::{Connection, Connector, Settings};
use tokio::process::Command;
use url::Url;

/// Statements may take as long as they take.
pub(crate) async fn connect(admin_url: &str) -> Result<Connection, StartError> {
    let settings = Settings { statement_timeout: Duration::ZERO, ..Settings::new(admin_url) };
    Ok(Connector::new(&settings)?.connect().await?)
}

/// Runs one of PostgreSQL's programs on the database. Everybody can read a process's arguments, so the password is not
/// among them.
pub(crate) async fn run(
    program: &str,
    admin_url: &str,
    arguments: &[String],
) -> Result<(), StartError> {
    let mut url = Url::parse(admin_url).map_err(|_| "setting ADMIN_DATABASE_URL is no URL")?;
    let password = percent_decode_str(url.password().unwrap_or_default());
    let password = password.decode_utf8()?.into_owned();
    // Only URLs without a host refuse it, and those have no password.
    let _ = url.set_password(None);
    let mut command = Command::new(program);
    command.arg("--no-password").arg("--dbname").arg(url.as_str()).args(arguments);
    let ended = command.env("PGPASSWORD", password).kill_on_drop(true).output().await;
    let ended = ended.map_err(|error| {
        format!("{program}: {error} (on Debian: apt-get install postgresql-client)")
    })?;
    if ended.status.success() {
        return Ok(());
    }
    Err(format!("{program} failed: {}", String::from_utf8_lossy(&ended.stderr).trim()).into())
}
