//! Proving once more that it is the member who asks, for what cannot be taken back: by the password, or, where we hold
//! none, by a sign-in of just now.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;
use uuid::Uuid;

use super::login_failures::Account;
use crate::domain::erasures::FRESH;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A proof of which all that takes long is done.
pub(crate) struct Proof {
    user_id: UserId,
    account: Account,
    by: By,
}

enum By {
    Password { hash: String, is_right: bool },
    SignIn { is_fresh: bool },
}

impl Proof {
    /// Looks at what is given, outside any transaction: who waits for a turn to hash holds no connection and no row. An
    /// account that was tried too often is answered like a wrong password.
    pub(crate) async fn of(
        state: &State,
        now: Timestamp,
        (user_id, session_id): (UserId, Option<Uuid>),
        password: Option<&SecretString>,
    ) -> Result<Self, Error> {
        let (account, hash, locked, signed_in_at) = {
            let mut conn = state.pool.get().await?;
            let user = store::users::find(&conn, user_id).await?.ok_or(Error::UserNotFound)?;
            let account = Account::of(&user.email);
            let locked = account.is_locked(&mut conn, now).await?;
            let hash = store::users::find_password_hash(&mut conn, user_id).await?;
            let session_id = session_id.unwrap_or_default();
            let signed_in_at =
                store::sessions::find_beginning(&mut conn, user_id, session_id).await?;
            (account, hash, locked, signed_in_at)
        };
        let by = match hash {
            Some(hash) => {
                let comparable = Some(hash.clone()).filter(|_| !locked);
                let given = password.cloned().unwrap_or_default();
                By::Password { hash, is_right: state.passwords.verify(&given, comparable).await? }
            }
            None => By::SignIn { is_fresh: signed_in_at.is_some_and(|at| now <= at + FRESH) },
        };
        Ok(Proof { user_id, account, by })
    }

    /// Whether it holds, in the transaction of what it is for: the password may have been changed, or been tried too
    /// often, meanwhile.
    pub(crate) async fn hold(&self, conn: &mut Connection, now: Timestamp) -> Result<(), Error> {
        match &self.by {
            By::Password { hash, is_right } => {
                store::users::lock(conn, self.user_id).await?.ok_or(Error::UserNotFound)?;
                let still = store::users::find_password_hash(conn, self.user_id).await?;
                let locked = self.account.is_locked(conn, now).await?;
                let holds = *is_right && still.as_deref() == Some(hash) && !locked;
                if holds { Ok(()) } else { Err(Error::NotProven) }
            }
            By::SignIn { is_fresh: true } => Ok(()),
            By::SignIn { is_fresh: false } => Err(Error::SignInTooOld),
        }
    }

    /// Counts one that was refused like a failed sign-in, once its transaction is over: that took back all it wrote.
    pub(crate) async fn count_refused(&self, state: &State, now: Timestamp) -> Result<(), Error> {
        self.account.count(&mut *state.pool.get().await?, now).await
    }
}
