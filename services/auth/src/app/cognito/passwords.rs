//! Passwords that Cognito holds: proving that one knows it, and choosing a new one by a code.

use std::sync::Arc;

use jiff::Timestamp;
use pg::Connection;
use secrecy::SecretString;

use super::holder;
use crate::app::login_failures::Account;
use crate::app::resets;
use crate::domain::cognito_sessions::Ending;
use crate::error::Error;
use crate::provider::cognito::{Cognito, Tokens};
use crate::state::State;
use crate::store;

/// Somebody who has signed in at Cognito to prove that they know the password. Nobody is given what renews that session.
pub(crate) struct Proven {
    cognito: Arc<Cognito>,
    tokens: Tokens,
    sealed: Vec<u8>,
}

/// Tries a password at Cognito; none where it is wrong.
pub(crate) async fn prove(
    state: &State,
    cognito: &Arc<Cognito>,
    now: Timestamp,
    email: &str,
    password: &SecretString,
) -> Result<Option<Proven>, Error> {
    match cognito.sign_in(email, password, now).await.map_err(Error::from) {
        Ok((tokens, grant)) => {
            let sealed = state.tokens.grants.seal(tokens.session_id, &grant);
            let sealed = sealed.map_err(Error::internal)?;
            Ok(Some(Proven { cognito: Arc::clone(cognito), tokens, sealed }))
        }
        Err(Error::WrongCredentials) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Proven {
    /// Replaces the password that was tried.
    pub(crate) async fn change_password(
        &self,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<(), Error> {
        Ok(self.cognito.change_password(&self.tokens, current, new).await?)
    }

    /// Has Cognito told what becomes of the account, by this session, until it has heard it.
    pub(crate) async fn entrust(
        &self,
        conn: &mut Connection,
        now: Timestamp,
        ending: Ending,
    ) -> Result<(), Error> {
        let Tokens { session_id, expires_at, .. } = self.tokens;
        store::cognito_sessions::insert(conn, session_id, &self.sealed, expires_at).await?;
        Ok(store::cognito_sessions::update_ending_of(conn, session_id, ending, now).await?)
    }
}

/// Asks Cognito to send a code for a new password. Nobody waits for it, so neither the answer nor its time says whether
/// Cognito knows the address. What fails is counted and logged there; who gets no letter asks again.
pub(crate) fn send_reset_code(cognito: &Arc<Cognito>, email: String) {
    let cognito = Arc::clone(cognito);
    tokio::spawn(async move { cognito.send_reset_code(&email).await });
}

/// Sets a new password by a code that Cognito has sent, and ends all sessions, there too.
pub(crate) async fn reset_password(
    state: &State,
    now: Timestamp,
    email: &str,
    code: &SecretString,
    new: &SecretString,
) -> Result<(), Error> {
    let (known, cognito) = {
        let mut conn = state.pool.get().await?;
        let known = store::users::find_by_email(&mut conn, &email.to_lowercase()).await?;
        let cognito = holder(state, &mut conn, known.as_ref()).await?;
        (known.map(|(user, _)| user), cognito.ok_or(Error::WrongCode)?)
    };
    let email = known.as_ref().map_or(email, |user| &user.email);
    cognito.reset_password(email, code, new).await?;
    // What others began at Cognito itself goes on there unless it is told, and that takes a session.
    let proven = prove(state, cognito, now, email, new).await.ok().flatten();
    pg::transaction(&state.pool, async |conn| {
        if let Some(proven) = &proven {
            proven.entrust(conn, now, Ending::Everywhere).await?;
        }
        match &known {
            Some(user) => resets::finish(conn, now, user).await,
            None => Account::of(email).forget(conn).await,
        }
    })
    .await
}
