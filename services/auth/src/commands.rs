//! What an operator does by hand.

use chassis::{Clock, StartError};
use clap::Subcommand;

use crate::domain::audit::Actor;
use crate::domain::users::ROLES;
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
        #[arg(value_parser = ROLES)]
        role: String,
    },
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
        let done = pg::transaction(pool, async |conn| match self {
            Command::Grant { email, role } => {
                let user = app::users::grant_role(conn, now, Actor::Operator, email, role).await?;
                Ok::<_, Error>(format!("{} now has the roles {}", user.id, user.roles.join(", ")))
            }
            Command::Erase { email } => {
                let known = store::users::find_by_email(conn, email).await?;
                let (user, _) = known.ok_or(Error::UserNotFound)?;
                let claim = app::erasures::erase(conn, now, Actor::Operator, user.id).await?;
                Ok(format!(
                    "{} is erased here; the other services follow. For the member, who may see it \
                     at /api/auth/erasures/{}: Receipt-Token: {}",
                    user.id, claim.id, claim.token
                ))
            }
        })
        .await?;
        println!("{done}");
        Ok(())
    }
}
