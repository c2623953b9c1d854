//! Members whose password Cognito holds. It is asked outside any transaction.

mod ends;
mod members;
mod passwords;
mod sign_ins;
mod sign_ups;

use std::sync::Arc;

use pg::Connection;

use crate::domain::users::User;
use crate::error::Error;
use crate::provider::cognito::Cognito;
use crate::state::State;
use crate::store;

pub(crate) use self::ends::tell;
pub(crate) use self::members::meet;
pub(crate) use self::passwords::{Proven, prove, reset_password, send_reset_code};
pub(crate) use self::sign_ins::{Attempt, log_in, renew};
pub(crate) use self::sign_ups::{SignedUp, confirm, sign_up};

/// Cognito, where it holds the password of this address: of its members, and of those whom we do not know.
pub(crate) async fn holder<'s>(
    state: &'s State,
    conn: &mut Connection,
    known: Option<&(User, Option<String>)>,
) -> Result<Option<&'s Arc<Cognito>>, Error> {
    let is_cognitos = match (&state.cognito, known) {
        (None, _) | (_, Some((_, Some(_)))) => false,
        (_, None) => true,
        (_, Some((user, None))) => store::users::is_cognitos(conn, user.id).await?,
    };
    Ok(state.cognito.as_ref().filter(|_| is_cognitos))
}
