//! The commands of a service's binary: `serve`, `migrate`, `healthcheck`, and what the service adds.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::settings::{self, DatabaseSettings, Secret};
use crate::{Clock, Service, Settings, StartError, serve, stop_signal, telemetry};

#[derive(Parser)]
struct Cli<Own: Subcommand> {
    #[command(subcommand)]
    command: Command<Own>,
}

#[derive(Subcommand)]
enum Command<Own: Subcommand> {
    /// Answer requests until SIGTERM.
    Serve,
    /// Bring this service's tables to the version of this binary (MIGRATION_DATABASE_URL: the owner role).
    Migrate,
    /// Ask a running process whether it is ready (exit code 0 or 1).
    Healthcheck,
    #[command(flatten)]
    Own(Own),
}

/// What `migrate` has.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Migration {
    /// The owner role's URL, on a direct connection: migrations lock for a session.
    #[schemars(with = "Secret")]
    migration_database_url: SecretString,
}

/// For a service without commands of its own.
#[derive(Debug, Subcommand)]
pub enum NoCommand {}

/// Runs the binary of a service.
pub async fn main<S: Service>() -> ExitCode {
    main_with::<S, NoCommand>(async |never| match never {}).await
}

/// Runs the binary of a service that has commands of its own.
pub async fn main_with<S: Service, Own: Subcommand>(
    own: impl AsyncFnOnce(Own) -> Result<(), StartError>,
) -> ExitCode {
    install_crypto();
    let matches = Cli::<Own>::command().name(S::NAME).get_matches();
    let ended = match Cli::<Own>::from_arg_matches(&matches).map(|cli| cli.command) {
        Ok(Command::Serve) => serve_until_stopped::<S>().await,
        Ok(Command::Migrate) => migrate::<S>().await,
        Ok(Command::Healthcheck) => healthcheck().await,
        Ok(Command::Own(command)) => own(command).await,
        Err(error) => error.exit(),
    };
    exit_code(S::NAME, ended)
}

/// Says why a process ends, in one line: what failed, and what lies beneath it.
pub fn exit_code(name: &str, ended: Result<(), StartError>) -> ExitCode {
    let Err(error) = ended else {
        return ExitCode::SUCCESS;
    };
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let causes: String = causes.map(|cause| format!(": {cause}")).collect();
    eprintln!("{name}: {error}{causes}");
    ExitCode::FAILURE
}

async fn serve_until_stopped<S: Service>() -> Result<(), StartError> {
    let settings: Settings = settings::load()?;
    let _telemetry = telemetry::init(S::NAME, &settings)?;
    let database = database_settings()?;
    let trust = settings::load()?;
    let config = settings::load::<S::Config>()?;
    let running = serve::<S>(settings, database, &trust, Clock::system(), config).await?;
    stop_signal().await?;
    tracing::info!("stopping");
    running.stop().await?;
    Ok(())
}

/// The database of the environment, as the app role.
pub fn database_settings() -> Result<pg::Settings, StartError> {
    Ok(settings::load::<DatabaseSettings>()?.into_pg()?)
}

async fn migrate<S: Service>() -> Result<(), StartError> {
    let _telemetry = telemetry::init(S::NAME, &settings::load()?)?;
    let Migration { migration_database_url } = settings::load()?;
    pg::migrate(migration_database_url.expose_secret(), S::MIGRATIONS).await?;
    Ok(())
}

async fn healthcheck() -> Result<(), StartError> {
    healthcheck_at(settings::load::<Settings>()?.listen).await
}

/// Asks `/healthz` of the process that listens there.
pub async fn healthcheck_at(mut address: SocketAddr) -> Result<(), StartError> {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let answer = reqwest::Client::builder()
        .no_proxy()
        .timeout(std::time::Duration::from_secs(2))
        .build()?
        .get(format!("http://{address}/healthz"))
        .send()
        .await?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(format!("not ready: {}", answer.text().await?).into())
}

/// One TLS provider for the whole process, named so that a second one in the build cannot make the choice ambiguous.
pub fn install_crypto() {
    // An error says that it is installed already, which is what is wanted.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
