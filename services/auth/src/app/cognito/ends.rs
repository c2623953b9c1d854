//! Telling Cognito which of its sessions have ended here. Nobody waits for it: our gateways refuse their tokens by then, and
//! what renews them is forgotten with the row.

use std::sync::Arc;
use std::time::Duration;

use contracts::UserId;
use jiff::Timestamp;

use crate::app::erasures;
use crate::domain::cognito_sessions::Ending;
use crate::error::Error;
use crate::provider::cognito::{Cognito, Failure, Kind};
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
        match tell_of(state, cognito, &ended, now).await {
            Err(failure) if is_worth_another_try(ended.ending, failure.kind) => {}
            told => {
                pg::transaction(&state.pool, async |conn| {
                    if let Ok(Some(erased)) = told {
                        erasures::confirm_at_cognito(conn, now, erased).await?;
                    }
                    Ok::<_, Error>(store::cognito_sessions::delete(conn, ended.session_id).await?)
                })
                .await?;
            }
        }
    }
    Ok(())
}

/// What Cognito refuses it refuses the next time too: the session has ended there already. For an erasure that alone is a
/// reason to give up.
fn is_worth_another_try(ending: Ending, kind: Kind) -> bool {
    match ending {
        Ending::Erased => !kind.ends_a_session(),
        Ending::Here | Ending::Everywhere => kind.passes(),
    }
}

/// Tells it of one; says whose account was deleted by it.
async fn tell_of(
    state: &State,
    cognito: &Cognito,
    ended: &Ended,
    now: Timestamp,
) -> Result<Option<UserId>, Failure> {
    let Some(grant) = state.tokens.grants.open(ended.session_id, &ended.sealed) else {
        return Ok(None);
    };
    match ended.ending {
        Ending::Here => cognito.revoke(&grant).await.map(|()| None),
        Ending::Everywhere => cognito.sign_out_everywhere(&grant, now).await.map(|()| None),
        Ending::Erased => cognito.delete(&grant, now).await.map(Some),
    }
}
