//! What operators look at, checked by the programs that they use: `make check-watch`.

mod live;
mod programs;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use platform::Outcome;

use crate::programs::Programs;

#[derive(Parser)]
#[command(name = "watch", about = "Rules, dashboards and traces, checked")]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// What is in the files: rules and their tests, routes of alerts, dashboards.
    Files,
    /// What is seen of the platform while it runs, and of a service that is killed.
    Live,
    /// Write the dashboards.
    Dashboards,
}

#[tokio::main]
async fn main() -> ExitCode {
    chassis::install_crypto();
    chassis::exit_code("watch", check(Cli::parse().part).await)
}

async fn check(part: Option<Part>) -> Outcome {
    let programs = Programs::find()?;
    match part {
        Some(Part::Dashboards) => programs.draw_dashboards(),
        Some(Part::Files) => programs.check_files(),
        Some(Part::Live) => live::check(&programs).await,
        None => {
            programs.check_files()?;
            live::check(&programs).await
        }
    }
}
