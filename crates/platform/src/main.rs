//! The whole platform on one machine, for `make run`, `make demo`, `make backup`, `make openapi` and their like.

mod backups;
mod configure;
mod demo;
mod openapi;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use platform::cognito::Player;
use platform::database::{self, Database};
use platform::ports;
use platform::processes::{self, Platform};
use platform::{Outcome, events, folder, services};

use crate::demo::Language;

#[derive(Parser)]
#[command(name = "platform", about = "The whole platform on one machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the roles, the schemas and the event log in the database.
    Setup,
    /// Start everything and keep it running until Ctrl-C.
    Run {
        /// Let Cognito hold the passwords of new members.
        #[arg(long, value_enum)]
        cognito: Option<Player>,
    },
    /// Walk one member through a first day, on the public port only.
    Demo {
        /// Where nothing runs yet: let Cognito hold the passwords of new members.
        #[arg(long, value_enum)]
        cognito: Option<Player>,
        /// The member's language.
        #[arg(long, value_enum, default_value_t = Language::Ko)]
        lang: Language,
    },
    /// Give a member a role, as `auth grant` does: the first admin.
    Grant {
        /// The member's e-mail address.
        email: String,
        /// The role.
        role: String,
    },
    /// Save the database.
    Backup {
        /// Where to; a folder that is made. Without it, one in `.local/backups`.
        to: Option<PathBuf>,
    },
    /// Make the database, which must be empty, of a backup.
    Restore {
        /// The backup.
        from: PathBuf,
    },
    /// Save the database, restore it into an empty server, and compare every row.
    Drill,
    /// Empty the private database.
    Reset,
    /// Write `docs/configure.md`, or check that it is what the code says.
    Configure {
        /// Change nothing; fail when the file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Write `docs/openapi.yaml`, or check that it is what the services say.
    Openapi {
        /// Change nothing; fail when the file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Write `docs/events`, unless it would break those who read events.
    Events,
}

#[tokio::main]
async fn main() -> ExitCode {
    chassis::install_crypto();
    let done = match Cli::parse().command {
        Command::Setup => with_database(async |_| Ok(())).await,
        Command::Run { cognito } => run(cognito).await,
        Command::Demo { cognito, lang } => demonstrate(cognito, lang).await,
        Command::Grant { email, role } => grant(&email, &role).await,
        Command::Backup { to } => {
            with_database(async |database| backups::save(database, to.as_deref()).await).await
        }
        Command::Restore { from } => {
            with_database(async |database| backups::restore(database, &from).await).await
        }
        Command::Drill => with_database(backups::drill).await,
        Command::Reset => database::reset(),
        Command::Configure { check } => configure::write(check),
        Command::Openapi { check } => openapi::write(check),
        Command::Events => events::write(),
    };
    chassis::exit_code("platform", done)
}

async fn run(cognito: Option<Player>) -> Outcome {
    with_platform(cognito, async |platform| {
        println!("\n  damacorch is running.\n");
        println!("    API      {}/api/home", services::PUBLIC);
        println!("    try it   {}/api/docs", services::PUBLIC);
        println!("    demo     make demo      (in another terminal; L=en for English)");
        println!("    logs     {}", folder::shown("logs"));
        println!("    mails    {}    (none leaves this machine)", folder::shown(ports::MAILS));
        println!("    stop     Ctrl-C         (data stays; make reset empties it)\n");
        platform.watch().await
    })
    .await
}

/// Uses the platform that runs, or starts one for the time of the demo.
async fn demonstrate(cognito: Option<Player>, lang: Language) -> Outcome {
    if demo::is_running().await? {
        return demo::first_day(lang).await;
    }
    with_platform(cognito, async |_| demo::first_day(lang).await).await
}

async fn grant(email: &str, role: &str) -> Outcome {
    with_database(async |database| processes::grant(database, email, role).await).await
}

/// Does `work` on the database, which runs on if it runs for the platform.
async fn with_database(work: impl AsyncFnOnce(&Database) -> Outcome) -> Outcome {
    let running = demo::is_running().await?;
    let database = Database::open().await?;
    let done = work(&database).await;
    let closed = if running { Ok(()) } else { database.close() };
    done.and(closed)
}

/// Starts everything, does `work`, and stops everything: when it is done, when something fails, and at Ctrl-C, wherever it
/// is by then.
async fn with_platform(
    cognito: Option<Player>,
    work: impl AsyncFnOnce(&mut Platform) -> Outcome,
) -> Outcome {
    let mut platform = Platform::open(cognito).await?;
    let done = tokio::select! {
        signal = chassis::stop_signal() => signal.map_err(Into::into),
        done = async {
            platform.start().await?;
            work(&mut platform).await
        } => done,
    };
    let stopped = platform.stop().await;
    done.and(stopped)
}
