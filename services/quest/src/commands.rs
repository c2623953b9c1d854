//! What an operator does by hand.

use chassis::{Clock, StartError};
use clap::Subcommand;
use jiff::civil::Date;

use crate::app;
use crate::domain::pauses::Pause;

/// The commands that quest adds.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Declare an outage of ours: no streak breaks on its dates. `quest outage 2026-03-01 2026-03-02`.
    Outage {
        /// The first date of it.
        from: Date,
        /// The last date of it.
        until: Date,
    },
}

impl Command {
    /// Does it, as the app role of `DATABASE_URL`.
    pub async fn run(self) -> Result<(), StartError> {
        let Command::Outage { from, until } = self;
        if until < from {
            return Err("the outage ends before it begins".into());
        }
        let pool = pg::Pool::new(&chassis::database_settings()?)?;
        let outage = Pause { from, until };
        let members = app::outages::declare_outage(&pool, Clock::system().now(), outage).await?;
        println!("{members} members were here since; no streak of theirs breaks on those dates");
        Ok(())
    }
}
