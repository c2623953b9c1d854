//! The binary `setup`: `secrets`, `database`, `backup`, `restore`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chassis::StartError;
use clap::{Parser, Subcommand};
use url::{Host, Url};

#[derive(Parser)]
#[command(name = "setup", about = "Prepares an installation")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make keys and passwords, each in a file of its own. What is there stays.
    Secrets {
        /// Where they go.
        folder: PathBuf,
        /// Where the database will be: `postgres://host:port/name`, with `sslmode` where TLS is wanted.
        #[arg(long)]
        database: Url,
        /// Where services reach it, where a pooler is in between. Migrations and the set-up never go by one.
        #[arg(long, value_parser = Host::parse)]
        pooler: Option<Host>,
        /// The services.
        #[arg(required = true)]
        services: Vec<String>,
    },
    /// Make database, roles, schemas and event log (ADMIN_DATABASE_URL: somebody who may).
    Database {
        /// Where the roles' URLs are.
        folder: PathBuf,
    },
    /// Save the database (ADMIN_DATABASE_URL), with pg_dump.
    Backup {
        /// Where to; it is made.
        to: PathBuf,
    },
    /// Make the database (ADMIN_DATABASE_URL), which must be empty, of a backup.
    Restore {
        /// Where the roles' URLs are.
        folder: PathBuf,
        /// Where the backup is.
        from: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    chassis::install_crypto();
    let done = match Cli::parse().command {
        Command::Secrets { folder, database, pooler, services } => {
            setup::make_secrets(&folder, &database, pooler.as_ref(), &services)
        }
        Command::Database { folder } => database(&folder).await,
        Command::Backup { to } => backup(&to).await,
        Command::Restore { folder, from } => restore(&folder, &from).await,
    };
    chassis::exit_code("setup", done)
}

async fn database(folder: &Path) -> Result<(), StartError> {
    setup::prepare(&setup::admin_url()?, folder).await
}

async fn backup(to: &Path) -> Result<(), StartError> {
    let saved = setup::save(&setup::admin_url()?, to).await?;
    println!("{} rows are saved", saved.rows());
    Ok(())
}

async fn restore(folder: &Path, from: &Path) -> Result<(), StartError> {
    let passwords = setup::passwords(folder)?;
    let password_of = |role: &str| passwords.get(role).cloned();
    let restored = setup::restore(&setup::admin_url()?, password_of, from).await?;
    println!("{} rows are there, each as it was", restored.rows());
    Ok(())
}
