//! What an operator does by hand.

mod django;
mod import;

use chassis::{Clock, StartError};
use clap::Subcommand;

use crate::domain::audit::Actor;
use crate::error::Error;
use crate::{app, store};

/// The commands that auth adds.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Give a member a role: `auth grant EMAIL admin`. The next token carries it.
    Grant {
        /// The member's e-mail address.
        email: String,
        /// The role.
        role: String,
    },
    /// Take in members of an older system: `auth import FILE`. Run again, it goes on where it ended.
    Import(import::Import),
    /// Erase a member, here and in every service: `auth erase EMAIL`. Prints the way to the receipt.
    Erase {
        /// The member's e-mail address.
        email: String,
    },
}

impl Command {
    /// Does it, as the app role of `DATABASE_URL`.
    pub async fn run(self) -> Result<(), StartError> {
        self.run_on(&pg::Pool::new(&chassis::database_settings()?)?).await
    }

    /// Does it on a given database.
    pub async fn run_on(&self, pool: &pg::Pool) -> Result<(), StartError> {
        let now = Clock::system().now();
        let done = match self {
            Command::Grant { email, role } => {
                let grant = async |conn: &mut pg::Connection| {
                    app::roles::grant(conn, now, email, role).await
                };
                let user = pg::transaction(pool, grant).await?;
                format!("{} now has the roles {}", user.id, user.roles.join(", "))
            }
            Command::Import(import) => import.run(pool, now).await?,
            Command::Erase { email } => {
                let erase = async |conn: &mut pg::Connection| {
                    let known = store::users::find_by_email(conn, email).await?;
                    let (user, _) = known.ok_or(Error::UserNotFound)?;
                    let claim = app::erasures::erase(conn, now, Actor::Operator, user.id).await?;
                    Ok::<_, Error>((user.id, claim))
                };
                let (id, claim) = pg::transaction(pool, erase).await?;
                format!(
                    "{id} is erased here; the other services follow. For the member, who may see it \
                     at /api/auth/erasures/{}: Receipt-Token: {}",
                    claim.id, claim.token
                )
            }
        };
        println!("{done}");
        Ok(())
    }
}
