//! Imports: asked for by their member or by the time, and worked on by whichever replica takes them.

use std::time::Duration;

use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use pg::Connection;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{members, reading};
use crate::domain::accounts::AccountState;
use crate::domain::channels::Kind;
use crate::domain::imports::Import;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// How often to look for what is due and what other replicas have left behind.
const POLL: Duration = Duration::from_secs(1);
/// How long an account is left alone after it was read, however often its member asks: it is somebody else's server.
const REST: SignedDuration = SignedDuration::from_secs(30);
/// How many accounts are asked for at once when their time has come.
const AT_ONCE: i64 = 100;

/// Told when this process has asked for an import.
static ASKED: Notify = Notify::const_new();

/// Asks for an import; the one that is open where there is one. None just after another.
pub(crate) async fn request(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    account_id: Uuid,
) -> Result<Import, Error> {
    members::hold(conn, user_id).await?;
    let account = store::accounts::find(conn, user_id, account_id).await?;
    let account = account.ok_or(Error::AccountNotFound)?;
    match account.state {
        AccountState::Connected => {}
        AccountState::ConsentNeeded => return Err(Error::ConsentNeeded),
        AccountState::Leaving => return Err(Error::AccountLeaving),
    }
    let channel = store::channels::find(conn, &account.channel).await?;
    if channel.ok_or(Error::ChannelNotFound)?.kind == Kind::OAuth {
        let provider = store::channels::find_provider(conn, &account.channel).await?;
        provider.and_then(|provider| provider.posts).ok_or(Error::NothingToImport)?;
    }
    if let Some(open) = store::imports::find_open(conn, user_id, account_id).await? {
        return Ok(open);
    }
    let ended_at = store::imports::find_last_end(conn, user_id, account_id).await?;
    if let Some(rested_at) = ended_at.map(|end| end + REST).filter(|rested_at| *rested_at > now) {
        return Err(Error::ImportedJustNow { wait: rested_at.duration_since(now) });
    }
    let import = store::imports::insert(conn, &account, now).await?;
    pg::on_commit(|| ASKED.notify_one());
    Ok(import)
}

/// Works on what is due, one import after the other, for as long as it is polled.
pub(crate) async fn work(state: State) {
    loop {
        match work_on_one(&state).await {
            Ok(true) => continue,
            Ok(false) => {}
            // What it was about is taken again when its time is over.
            Err(error) => tracing::warn!(%error, "an import was left as it is"),
        }
        let _poll = tokio::time::timeout(POLL, ASKED.notified()).await;
    }
}

/// False where none is due.
async fn work_on_one(state: &State) -> Result<bool, Error> {
    let now = state.clock.now();
    let claimed = {
        let mut conn = state.pool.get().await?;
        store::imports::claim(&mut conn, now, now + state.import_lease).await?
    };
    let Some(mut job) = claimed else {
        return Ok(false);
    };
    while reading::read_page(state, &mut job).await? {}
    Ok(true)
}

/// Asks for imports when their time has come, for as long as it is polled.
pub(crate) async fn schedule(state: State) {
    loop {
        match schedule_due(&state).await {
            Ok(0) => {}
            Ok(_) => {
                ASKED.notify_one();
                continue;
            }
            Err(error) => tracing::warn!(%error, "imports were not asked for"),
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn schedule_due(state: &State) -> Result<usize, Error> {
    let mut conn = state.pool.get().await?;
    Ok(store::schedule::insert_due(&mut conn, state.clock.now(), AT_ONCE).await?)
}
