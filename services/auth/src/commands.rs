//! What an operator does by hand.

mod django;
mod import;

use chassis::{Clock, StartError};
use clap::Subcommand;
use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;
use uuid::Uuid;

use crate::domain::audit::Actor;
use crate::domain::keys::{Key, Standing};
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
    /// Note that an operator has deleted an erased member's account in Cognito's pool: `auth erased-at-cognito ID`. For who
    /// was erased while no session of theirs was there to do it by.
    ErasedAtCognito {
        /// The former member's id, which is also their name in the pool.
        id: Uuid,
    },
    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// What can be done about keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Show every key, and what it is for now.
    List,
    /// Let the spare key sign, as soon as all verifiers know it; the old one is kept until its last token has expired.
    Rotate,
    /// In an emergency: refuse every token that this key has signed, within seconds. Members stay signed in.
    Revoke {
        /// The key's name, as `list` shows it.
        kid: String,
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
            Command::ErasedAtCognito { id } => {
                let confirm = async |conn: &mut pg::Connection| {
                    app::erasures::confirm_by_hand(conn, now, UserId(*id)).await
                };
                pg::transaction(pool, confirm).await?;
                format!("{id} is erased at Cognito too")
            }
            Command::Keys(command) => {
                let run = async |conn: &mut pg::Connection| command.run_in(conn, now).await;
                pg::transaction(pool, run).await?
            }
        };
        println!("{done}");
        Ok(())
    }
}

impl KeysCommand {
    async fn run_in(&self, conn: &mut Connection, now: Timestamp) -> Result<String, Error> {
        Ok(match self {
            KeysCommand::List => {
                let keys = app::keys::list(conn, now).await?;
                let line = |(key, standing): &(Key, Standing)| {
                    let signs_from = key.signs_from.map_or("-".to_owned(), |at| at.to_string());
                    format!("{:<43}  {standing:<8}  {signs_from}", key.kid)
                };
                let lines: Vec<_> = keys.iter().map(line).collect();
                format!("{:<43}  {:<8}  SIGNS FROM\n{}", "KEY", "IS", lines.join("\n"))
            }
            KeysCommand::Rotate => {
                let (key, from) = app::keys::rotate(conn, now, Actor::Operator).await?;
                format!("{} signs from {from}", key.kid)
            }
            KeysCommand::Revoke { kid } => {
                match app::keys::revoke(conn, now, Actor::Operator, kid).await? {
                    Some(heir) => format!("{kid} is revoked, {} signs now", heir.kid),
                    None => format!("{kid} is revoked"),
                }
            }
        })
    }
}
