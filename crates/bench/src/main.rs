//! What a request costs: CPU by process, as ratios to PostgreSQL's own limit and to the best gateways. `make bench`.

mod instructions;
mod measure;
mod parts;
mod programs;
mod scenarios;
mod seed;
mod stage;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use platform::Outcome;

use crate::stage::Stage;
use crate::table::Table;

#[derive(Parser)]
#[command(name = "bench", about = "What a request costs, as ratios to what bounds it")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Interleaved rounds; figures are their medians.
    #[arg(long, global = true, default_value_t = 3)]
    rounds: usize,
    /// How long each contender is driven in a round, in seconds.
    #[arg(long, global = true, default_value_t = 3)]
    seconds: u64,
}

#[derive(Subcommand)]
enum Command {
    /// Everything, on a fresh database: the whole table.
    All,
    /// Make the database anew and fill it; write tokens.txt and ids.tsv.
    Seed,
    /// Start everything as the bench does and leave it running until Ctrl-C, for a profiler.
    Serve,
    /// Print what a service sends to the database for one request of a scenario.
    Statements {
        /// The scenario, for example `home`.
        scenario: String,
    },
    /// Count the instructions of hot paths and compare them with those that are recorded.
    Instructions {
        /// Record them instead.
        #[arg(long)]
        record: bool,
    },
    /// Parts of the table, on the database of the last seed: scenarios (`home`, `me`, …), `gateway`, `catalog`, `idle`,
    /// `growth`, `connections`, `storm`.
    #[command(external_subcommand)]
    Parts(Vec<String>),
}

/// How long, and how often.
#[derive(Clone, Copy)]
struct Pace {
    rounds: usize,
    seconds: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    chassis::install_crypto();
    chassis::raise_open_files();
    let cli = Cli::parse();
    let pace = Pace { rounds: cli.rounds.max(1), seconds: cli.seconds.max(1) };
    let done = run(cli.command.unwrap_or(Command::All), pace).await;
    chassis::exit_code("bench", done)
}

async fn run(command: Command, pace: Pace) -> Outcome {
    let is_fresh = matches!(command, Command::All | Command::Seed) || !seed::is_of_today();
    if let Command::Parts(names) = &command {
        parts::check(names)?;
    }
    programs::install()?;
    let mut stage = Stage::open(is_fresh).await?;
    let done = tokio::select! {
        signal = chassis::stop_signal() => signal.map_err(Into::into),
        done = on_stage(&mut stage, command, pace) => done,
    };
    let closed = stage.close().await;
    done.and(closed)
}

async fn on_stage(stage: &mut Stage, command: Command, pace: Pace) -> Outcome {
    stage.start().await?;
    match command {
        Command::Seed => seed::fill(stage).await.map(drop),
        Command::Serve => {
            members(stage).await?;
            stage.tell();
            std::future::pending().await
        }
        Command::Statements { scenario } => {
            let members = members(stage).await?;
            let scenario = scenarios::named(&scenario).ok_or("no such scenario")?;
            for statement in measure::wire::statements(stage, scenario, &members).await? {
                println!("{statement}");
            }
            Ok(())
        }
        Command::Instructions { record } => {
            let members = members(stage).await?;
            instructions::compare(stage, &members, record).await
        }
        Command::All => {
            let members = seed::fill(stage).await?;
            report(stage, &parts::names(), &members, pace).await
        }
        Command::Parts(names) => {
            let members = members(stage).await?;
            report(stage, &names, &members, pace).await
        }
    }
}

/// Those of the last seed; none of today means that the database is fresh.
async fn members(stage: &mut Stage) -> Outcome<Vec<seed::Member>> {
    if seed::is_of_today() { seed::load(stage).await } else { seed::fill(stage).await }
}

/// Measures, and keeps the table as it grows: an hour is not lost to its last minute.
async fn report(
    stage: &mut Stage,
    names: &[String],
    members: &[seed::Member],
    pace: Pace,
) -> Outcome {
    let mut table = Table::new();
    let measured = parts::run(stage, names, members, pace, &mut table).await;
    table.finish();
    let kept = table.keep(&stage::folder(), names)?;
    println!("kept in {}", kept.display());
    measured
}
