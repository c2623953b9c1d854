//! Telling Cognito which of its sessions have ended here. Nobody waits for it: our gateways refuse their tokens by then, and
//! what renews them is forgotten with the row.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::cognito_sessions::Ending;
use crate::error::Error;
use crate::provider::cognito::{Cognito, Failure};
use crate::state::State;
use crate::store;
use crate::store::cognito_sessions::Ended;

const EVERY: Duration = Duration::from_secs(1);
/// As many as Cognito can be told of in the minute that they are ours, should it answer each at the last moment.
const AT_ONCE: i64 = 10;

/// Tells it, for as long as it is polled.
pub(crate) async fn tell(state: State, cognito: Arc<Cognito>) {
    loop {
        if let Err(error) = tell_some(&state, &cognito).await {
            tracing::warn!(%error, "Cognito was not told which sessions have ended");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn tell_some(state: &State, cognito: &Cognito) -> Result<(), Error> {
    let now = state.clock.now();
    let ended = pg::transaction(&state.pool, async |conn| {
        Ok::<_, Error>(store::cognito_sessions::take_ended(conn, now, AT_ONCE).await?)
    });
    for ended in ended.await? {
        // What it refuses it refuses the next time too: the session has ended there already.
        let again = tell_of(state, cognito, &ended, now).await;
        if !again.is_err_and(|failure| failure.kind.passes()) {
            let mut conn = state.pool.get().await?;
            store::cognito_sessions::delete(&mut conn, ended.session_id).await?;
        }
    }
    Ok(())
}

async fn tell_of(
    state: &State,
    cognito: &Cognito,
    ended: &Ended,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(grant) = state.tokens.grants.open(ended.session_id, &ended.sealed) else {
        return Ok(());
    };
    match ended.ending {
        Ending::Here => cognito.revoke(&grant).await,
        Ending::Everywhere => cognito.sign_out_everywhere(&grant, now).await,
        Ending::Erased => cognito.delete(&grant, now).await,
    }
}
