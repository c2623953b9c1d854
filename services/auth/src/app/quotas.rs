//! Counting how often somebody asks, for all replicas together.

use jiff::Timestamp;
use pg::Connection;

use crate::domain::quotas::{FAILED_SIGN_INS, Quota, Spent};
use crate::error::Error;
use crate::metrics::QUOTAS_SPENT;
use crate::state::State;
use crate::store;

/// Takes one of a quota; an error where nothing was left.
pub(crate) async fn take(
    conn: &mut Connection,
    now: Timestamp,
    quota: &'static Quota,
    of: &[u8],
) -> Result<(), Error> {
    let end = now + quota.window;
    let (taken, until) = store::quotas::upsert(conn, &quota.key(of), now, end).await?;
    if taken > quota.most { Err(spent(quota, until, now)) } else { Ok(()) }
}

/// [`take`], outside of a transaction: what is refused later was taken all the same.
pub(crate) async fn take_now(
    state: &State,
    now: Timestamp,
    quota: &'static Quota,
    of: &[u8],
) -> Result<(), Error> {
    take(&mut *state.pool.get().await?, now, quota, of).await
}

/// Lets a client sign in, unless too many of its tries have failed of late, for whichever accounts. That says nothing of any
/// account, so the client is told; and no password is hashed for it. What fails at the same time is counted, but not
/// waited for: a client may be over its quota by as many as it asks at once.
pub(crate) async fn sign_in<T>(
    state: &State,
    now: Timestamp,
    client: &[u8],
    entering: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let quota = &FAILED_SIGN_INS;
    let taken = store::quotas::find(&mut *state.pool.get().await?, &quota.key(client), now).await?;
    if let Some((_, until)) = taken.filter(|(taken, _)| *taken >= quota.most) {
        return Err(spent(quota, until, now));
    }
    let entered = entering.await;
    if matches!(entered, Err(Error::WrongCredentials)) {
        let (key, end) = (quota.key(client), now + quota.window);
        store::quotas::upsert(&mut *state.pool.get().await?, &key, now, end).await?;
    }
    entered
}

fn spent(quota: &'static Quota, until: Timestamp, now: Timestamp) -> Error {
    QUOTAS_SPENT.with_label_values(&[quota.name]).inc();
    Error::QuotaSpent(Spent::until(quota, until, now))
}
