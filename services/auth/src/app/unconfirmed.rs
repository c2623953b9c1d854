//! Erasures that a service has not confirmed: counted for whoever watches, and asked for again until they are. So a service
//! that was away for longer than the log keeps its events, or began to follow it later, gets to hear of it too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use contracts::UserId;
use contracts::events::MemberErased;
use jiff::{SignedDuration, Timestamp};
use pg::Pool;
use prometheus::{IntGaugeVec, register_int_gauge_vec};

use crate::domain::erasures::COGNITO;
use crate::error::Error;
use crate::state::State;
use crate::store;
use crate::store::erasures::Unconfirmed;

/// Between two looks, in seconds.
const LOOK: u64 = 15;
/// The wait between two questions doubles up to this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
/// How many are asked for again at a look.
const AT_ONCE: i64 = 100;

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static UNCONFIRMED: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    register_int_gauge_vec!(
        "auth_erasures_unconfirmed",
        "Members whom a service has not yet confirmed to have erased.",
        &["service"]
    )
    .expect("registered once")
});

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static OLDEST: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    register_int_gauge_vec!(
        "auth_erasures_oldest_unconfirmed_seconds",
        "Age of the oldest erasure that a service has not yet confirmed, 0 without one.",
        &["service"]
    )
    .expect("registered once")
});

/// Looks again and again, for as long as it is polled. `first_wait` is in seconds.
pub(crate) async fn watch(state: State, first_wait: u64) {
    let wait = SignedDuration::from_secs(i64::try_from(first_wait).unwrap_or(i64::MAX));
    loop {
        if let Err(error) = look(&state.pool, state.clock.now(), wait).await {
            tracing::warn!(%error, "unconfirmed erasures were not looked at");
        }
        tokio::time::sleep(Duration::from_secs(LOOK.min(first_wait.max(1)))).await;
    }
}

async fn look(pool: &Pool, now: Timestamp, first_wait: SignedDuration) -> Result<(), Error> {
    let late = pg::transaction(pool, async |conn| {
        let late = store::erasures::update_asked(conn, now, first_wait, LONGEST_WAIT, AT_ONCE);
        let late = late.await?;
        // Cognito is told without an event, for as long as there is a session to tell it by.
        let services = late.iter().filter(|late| late.service != COGNITO);
        let members: BTreeSet<_> = services.map(|late| late.user_id).collect();
        for user_id in members {
            events::publish(conn, &MemberErased { user_id: UserId(user_id) }).await?;
        }
        Ok::<_, Error>(late)
    })
    .await?;
    let mut members = BTreeMap::<_, u32>::new();
    late.iter().for_each(|late| *members.entry(&*late.service).or_default() += 1);
    for (service, members) in members {
        tracing::warn!(service, members, "erasures are not confirmed yet");
    }
    measure(pool, now).await
}

async fn measure(pool: &Pool, now: Timestamp) -> Result<(), Error> {
    let mut conn = pool.get().await?;
    let all = events::readers_of::<MemberErased>(&mut conn).await?;
    let all = all.into_iter().chain([COGNITO.to_owned()]);
    let mut measured: BTreeMap<_, _> = all.map(|service| (service, (0, 0))).collect();
    for Unconfirmed { service, count, since } in
        store::erasures::list_unconfirmed(&mut conn).await?
    {
        measured.insert(service, (count, now.duration_since(since).as_secs()));
    }
    for (service, (count, oldest)) in measured {
        UNCONFIRMED.with_label_values(&[&*service]).set(count);
        OLDEST.with_label_values(&[&*service]).set(oldest);
    }
    Ok(())
}
