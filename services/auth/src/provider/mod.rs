//! Who holds members' passwords: we do (`own`), or an identity provider does (Cognito, later).

mod own;

use contracts::UserId;
use futures_util::future::BoxFuture;
use secrecy::SecretString;

use crate::error::Error;

pub(crate) use own::OwnAccounts;

/// What a provider knows of a new member.
#[derive(Debug)]
pub(crate) struct Account {
    /// The member's id from now on.
    pub(crate) user_id: UserId,
    /// Where we hold the password ourselves.
    pub(crate) password_hash: Option<String>,
}

/// Holds passwords.
pub(crate) trait Provider: Send + Sync {
    /// Makes an account for a new member.
    fn create<'a>(&'a self, password: &'a SecretString) -> BoxFuture<'a, Result<Account, Error>>;

    /// Confirms an account by the code that was sent to its owner.
    fn confirm<'a>(&'a self, email: &'a str, code: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Whether the password is right; takes as long for a member that is not known.
    fn verify<'a>(
        &'a self,
        password: &'a SecretString,
        hash: Option<String>,
    ) -> BoxFuture<'a, Result<bool, Error>>;

    /// A new password: its hash, where we hold it ourselves.
    fn change<'a>(
        &'a self,
        password: &'a SecretString,
    ) -> BoxFuture<'a, Result<Option<String>, Error>>;
}
