//! The binary `setup`: `secrets`, `database`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use url::Url;

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
        /// The services.
        #[arg(required = true)]
        services: Vec<String>,
    },
    /// Make database, roles, schemas and event log (ADMIN_DATABASE_URL: somebody who may).
    Database {
        /// Where the roles' URLs are.
        folder: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    chassis::install_crypto();
    let done = match Cli::parse().command {
        Command::Secrets { folder, database, services } => {
            setup::make_secrets(&folder, &database, &services)
        }
        Command::Database { folder } => setup::prepare_database(&folder).await,
    };
    chassis::exit_code("setup", done)
}
