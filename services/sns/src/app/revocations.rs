//! Giving tokens back: tried until the provider has heard. What waited for it, goes then.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;

use super::tokens;
use crate::domain::grants::Secrets;
use crate::error::Error;
use crate::metrics::REVOCATIONS;
use crate::oauth::Refusal;
use crate::state::State;
use crate::store;
use crate::store::revocations::Due;

/// How long one is left to who has taken it: longer than its call may take.
const LEASE: SignedDuration = SignedDuration::from_mins(1);
/// The wait after the first attempt; it doubles up to the longest.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(10);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
/// How often to look for what other replicas have left behind.
const POLL: Duration = Duration::from_secs(1);

/// Told when this process has something to give back.
static ASKED: Notify = Notify::const_new();

/// Says that there is something to give back.
pub(super) fn wake() {
    ASKED.notify_one();
}

/// Gives back what is due, for as long as it is polled.
pub(crate) async fn work(state: State) {
    loop {
        match give_one_back(&state).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "tokens could not be given back"),
        }
        let _poll = tokio::time::timeout(POLL, ASKED.notified()).await;
    }
}

/// False where none is due.
async fn give_one_back(state: &State) -> Result<bool, Error> {
    let now = state.clock.now();
    let (due, provider) = {
        let mut conn = state.pool.get().await?;
        let Some(due) = store::revocations::claim(&mut conn, now, now + LEASE).await? else {
            return Ok(false);
        };
        let provider = store::channels::find_provider(&mut conn, &due.channel).await?;
        (due, provider.ok_or(Error::ChannelNotFound)?)
    };
    let Due { account_id, channel, sealed, attempts } = &due;
    let refusal = match tokens::open_sealed::<Secrets>(&state.seals, *account_id, sealed) {
        Some(secrets) => state.oauth.revoke(channel, &provider, &secrets, now).await.err(),
        None => Some(Refusal::Away("its key is not there")),
    };
    let again_at = match refusal {
        None | Some(Refusal::Worthless) => {
            REVOCATIONS.with_label_values(&["done"]).inc();
            pg::transaction(&state.pool, async |conn| {
                store::revocations::delete(conn, *account_id).await?;
                store::accounts::delete_leaving(conn, *account_id).await?;
                Ok::<_, Error>(())
            })
            .await?;
            return Ok(true);
        }
        Some(Refusal::Limited(until)) => until,
        Some(Refusal::Away(why)) => {
            tracing::warn!(channel, attempts, why, "a token was not given back and is tried again");
            let doublings = (*attempts).clamp(1, 20) as u32 - 1;
            now + (FIRST_WAIT * 2_i32.pow(doublings)).min(LONGEST_WAIT)
        }
    };
    REVOCATIONS.with_label_values(&["retried"]).inc();
    store::revocations::update_due(&mut *state.pool.get().await?, *account_id, again_at).await?;
    Ok(true)
}
