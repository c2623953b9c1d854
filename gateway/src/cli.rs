//! The commands of the binary: `serve` and `healthcheck`.

use std::process::ExitCode;

use chassis::{
    Clock, StartError, exit_code, healthcheck_at, install_crypto, stop_signal, telemetry,
};
use clap::Parser;
use identity::GATEWAY;

use crate::{Settings, start};

#[derive(Parser)]
#[command(name = GATEWAY)]
enum Command {
    /// Answer requests until SIGTERM. SIGHUP reads the route table again.
    Serve,
    /// Ask a running process whether it is ready (exit code 0 or 1).
    Healthcheck,
}

/// Runs the binary.
pub async fn main() -> ExitCode {
    install_crypto();
    let ended = match Command::parse() {
        Command::Serve => serve().await,
        Command::Healthcheck => healthcheck().await,
    };
    exit_code(GATEWAY, ended)
}

async fn serve() -> Result<(), StartError> {
    let settings = Settings::load()?;
    let _telemetry = telemetry::init(GATEWAY, &settings.process)?;
    let running = start(settings, Clock::system()).await?;
    stop_signal().await?;
    tracing::info!("stopping");
    running.stop().await?;
    Ok(())
}

async fn healthcheck() -> Result<(), StartError> {
    healthcheck_at(Settings::load()?.door.admin_listen).await
}
