//! What is known of members here: its beginning, what others tell of them, and its end.

use chassis::Clock;
use client::Client;
use contracts::UserId;
use contracts::events::{
    AnalysisCompleted, AnalysisDeleted, Member as Told, MemberRegistered, MemberUpdated,
    SelfCheckSubmitted, TopicsChanged,
};
use contracts::snapshots::Page;
use jiff::Timestamp;
use pg::{Connection, Pool};
use serde::de::DeserializeOwned;

use super::{calendars, days};
use crate::domain::day::{Calendar, DEFAULT_ZONE, DayRule};
use crate::error::Error;
use crate::store;

/// Holds the member until the transaction ends, and gives their calendar. Somebody of whom nothing was told yet begins
/// by the default zone: the word of them is on its way, and nobody has to wait for it.
pub(crate) async fn hold(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<Calendar, Error> {
    if !store::members::lock(conn, user_id).await? {
        // Either an erasure is over and is found here, or it waits and will find the row.
        if !events::erasures::hold(conn, user_id).await? {
            return Err(Error::MemberErased);
        }
        store::members::insert(conn, user_id).await?;
        store::members::lock(conn, user_id).await?;
    }
    if let Some(calendar) = store::calendars::find(conn, user_id).await? {
        return Ok(calendar);
    }
    let calendar = Calendar::starting(DayRule::named(DEFAULT_ZONE, 0), now);
    store::calendars::update(conn, user_id, &[], calendar.eras()).await?;
    Ok(calendar)
}

/// As [`hold`]; none for a member who was erased, of whom a late word has no effect.
async fn hold_unless_erased(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<Option<Calendar>, Error> {
    match hold(conn, now, user_id).await {
        Err(Error::MemberErased) => Ok(None),
        held => held.map(Some),
    }
}

/// Somebody has signed up.
pub(crate) async fn keep_registered(
    conn: &mut Connection,
    now: Timestamp,
    MemberRegistered(told): MemberRegistered,
) -> Result<(), Error> {
    keep_told(conn, now, told).await
}

/// Name, locale or zone have changed.
pub(crate) async fn keep_updated(
    conn: &mut Connection,
    now: Timestamp,
    MemberUpdated(told): MemberUpdated,
) -> Result<(), Error> {
    keep_told(conn, now, told).await
}

async fn keep_told(conn: &mut Connection, now: Timestamp, told: Told) -> Result<(), Error> {
    let Some(calendar) = hold_unless_erased(conn, now, told.user_id).await? else {
        return Ok(());
    };
    store::members::update_told(conn, &told).await?;
    let rule = DayRule::named(&told.time_zone, calendar.wanted_rule().start_hour);
    calendars::change_rule(conn, now, told.user_id, calendar, rule).await.map(drop)
}

/// A test was scored: its character and tendencies hold now, and the first of them for the day that runs already.
pub(crate) async fn keep_result(
    conn: &mut Connection,
    now: Timestamp,
    AnalysisCompleted { user_id, holds }: AnalysisCompleted,
) -> Result<(), Error> {
    let Some(calendar) = hold_unless_erased(conn, now, user_id).await? else {
        return Ok(());
    };
    if let Some(before) = store::members::find(conn, user_id).await? {
        days::choose_again(conn, now, &calendar, &before).await?;
    }
    Ok(store::members::update_tendencies(conn, user_id, Some(&holds)).await?)
}

/// A result was deleted: an older one holds now, or none.
pub(crate) async fn keep_deletion(
    conn: &mut Connection,
    now: Timestamp,
    AnalysisDeleted { user_id, holds }: AnalysisDeleted,
) -> Result<(), Error> {
    if hold_unless_erased(conn, now, user_id).await?.is_some() {
        store::members::update_tendencies(conn, user_id, holds.as_ref()).await?;
    }
    Ok(())
}

/// What the member writes about has changed.
pub(crate) async fn keep_topics(
    conn: &mut Connection,
    now: Timestamp,
    TopicsChanged { user_id, topics }: TopicsChanged,
) -> Result<(), Error> {
    if hold_unless_erased(conn, now, user_id).await?.is_some() {
        store::members::update_topics(conn, user_id, topics).await?;
    }
    Ok(())
}

/// A self-check was submitted. One of an earlier day than what is known is passed over.
pub(crate) async fn keep_self_check(
    conn: &mut Connection,
    now: Timestamp,
    check: SelfCheckSubmitted,
) -> Result<(), Error> {
    if hold_unless_erased(conn, now, check.user_id).await?.is_none() {
        return Ok(());
    }
    let known = store::members::find(conn, check.user_id).await?.and_then(|member| member.check);
    if known.is_none_or(|known| known.date <= check.date) {
        store::members::update_self_check(conn, check).await?;
    }
    Ok(())
}

/// Takes the members from auth, and from analysis what holds of them, page by page: what was told before this service
/// first listened.
pub(crate) async fn take_snapshot(
    pool: &Pool,
    clock: &Clock,
    auth: &Client,
    analysis: &Client,
) -> Result<(), Error> {
    each_page(pool, auth, "/int/auth/members", async |conn, told| {
        keep_told(conn, clock.now(), told).await
    })
    .await?;
    each_page(pool, analysis, "/int/analysis/holds", async |conn, result| {
        keep_result(conn, clock.now(), result).await
    })
    .await
}

async fn each_page<T: DeserializeOwned>(
    pool: &Pool,
    owner: &Client,
    path: &str,
    keep: impl AsyncFn(&mut Connection, T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut next_path = path.to_owned();
    loop {
        let page: Page<T> = owner.get(&next_path).await?;
        pg::transaction(pool, async |conn| {
            for item in page.items {
                keep(conn, item).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
        let Some(next) = page.next else { return Ok(()) };
        next_path = format!("{path}?after={next}");
    }
}
