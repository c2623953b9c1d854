//! Proving once more that it is the member who asks, for what cannot be taken back: by the password, or, where nobody holds
//! one, by a sign-in of just now.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;
use uuid::Uuid;

use super::cognito::{self, Proven};
use super::login_failures::Account;
use crate::domain::erasures::FRESH;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A proof of which all that takes long is done.
pub(crate) struct Proof {
    pub(super) user_id: UserId,
    pub(super) account: Account,
    pub(super) by: By,
}

pub(super) enum By {
    /// A password of ours, by the hash that it was compared with.
    Password {
        hash: String,
        is_right: bool,
    },
    /// A password that Cognito holds; none where it was wrong.
    Cognito(Option<Proven>),
    SignIn {
        is_fresh: bool,
    },
}

impl Proof {
    /// Looks at what is given, outside any transaction: who waits for a turn to hash, or for Cognito, holds no connection
    /// and no row. An account that was tried too often is answered like a wrong password.
    pub(crate) async fn of(
        state: &State,
        now: Timestamp,
        (user_id, session_id): (UserId, Option<Uuid>),
        password: Option<&SecretString>,
    ) -> Result<Self, Error> {
        let mut conn = state.pool.get().await?;
        let user = store::users::find(&conn, user_id).await?.ok_or(Error::UserNotFound)?;
        let account = Account::of(&user.email);
        let locked = account.is_locked(&mut conn, now).await?;
        let hash = store::users::find_password_hash(&mut conn, user_id).await?;
        let known = (user, hash);
        let holder = cognito::holder(state, &mut conn, Some(&known)).await?;
        let session_id = session_id.unwrap_or_default();
        let signed_in_at = store::sessions::find_beginning(&mut conn, user_id, session_id).await?;
        drop(conn);

        let given = password.cloned().unwrap_or_default();
        let by = match (known, holder) {
            ((_, Some(hash)), _) => {
                let comparable = Some(hash.clone()).filter(|_| !locked);
                By::Password { hash, is_right: state.passwords.verify(&given, comparable).await? }
            }
            ((user, None), Some(cognito)) => {
                let proven = cognito::prove(state, cognito, now, &user.email, &given).await?;
                By::Cognito(proven.filter(|_| !locked))
            }
            (_, None) => By::SignIn { is_fresh: signed_in_at.is_some_and(|at| now <= at + FRESH) },
        };
        Ok(Proof { user_id, account, by })
    }

    /// Whether it holds, in the transaction of what it is for: the password may have been changed, or been tried too
    /// often, meanwhile.
    pub(crate) async fn hold(&self, conn: &mut Connection, now: Timestamp) -> Result<(), Error> {
        let is_right = match &self.by {
            By::Password { hash, is_right } => {
                store::users::lock(conn, self.user_id).await?.ok_or(Error::UserNotFound)?;
                let still = store::users::find_password_hash(conn, self.user_id).await?;
                *is_right && still.as_deref() == Some(hash)
            }
            By::Cognito(proven) => proven.is_some(),
            By::SignIn { is_fresh: true } => return Ok(()),
            By::SignIn { is_fresh: false } => return Err(Error::SignInTooOld),
        };
        let holds = is_right && !self.account.is_locked(conn, now).await?;
        if holds { Ok(()) } else { Err(Error::NotProven) }
    }

    /// Counts one that was refused like a failed sign-in, once its transaction is over: that took back all it wrote.
    pub(crate) async fn count_refused(&self, state: &State, now: Timestamp) -> Result<(), Error> {
        self.account.count(&mut *state.pool.get().await?, now).await
    }
}
