//! What is known of members here: its beginning, what others tell of them, and its end.

use contracts::UserId;
use contracts::events::{
    AnalysisCompleted, Member as Told, MemberErasureDone, SelfCheckSubmitted, Tendencies,
    TopicsChanged,
};
use contracts::snapshots::Page;
use jiff::Timestamp;
use pg::{Connection, Pool};
use serde::de::DeserializeOwned;

use super::calendars;
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
        if store::erasures::exists_for(conn, user_id).await? {
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

/// Keeps what auth tells of a member.
pub(crate) async fn keep_told(
    conn: &mut Connection,
    now: Timestamp,
    told: &Told,
) -> Result<(), Error> {
    let Some(calendar) = hold_unless_erased(conn, now, told.user_id).await? else {
        return Ok(());
    };
    store::members::update_told(conn, told).await?;
    let rule = DayRule::named(&told.time_zone, calendar.wanted_rule().start_hour);
    calendars::change_rule(conn, now, told.user_id, calendar, rule)
        .await
        .map(drop)
}

/// Keeps the character and the tendencies that now hold, if any.
pub(crate) async fn keep_tendencies(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    holds: Option<&Tendencies>,
) -> Result<(), Error> {
    if hold_unless_erased(conn, now, user_id).await?.is_some() {
        store::members::update_tendencies(conn, user_id, holds).await?;
    }
    Ok(())
}

/// Keeps what the member writes about.
pub(crate) async fn keep_topics(
    conn: &mut Connection,
    now: Timestamp,
    changed: TopicsChanged,
) -> Result<(), Error> {
    if hold_unless_erased(conn, now, changed.user_id)
        .await?
        .is_some()
    {
        store::members::update_topics(conn, changed.user_id, changed.topics).await?;
    }
    Ok(())
}

/// Keeps a self-check, unless a later day's is known.
pub(crate) async fn keep_self_check(
    conn: &mut Connection,
    now: Timestamp,
    check: SelfCheckSubmitted,
) -> Result<(), Error> {
    if hold_unless_erased(conn, now, check.user_id)
        .await?
        .is_none()
    {
        return Ok(());
    }
    let known = store::members::find(conn, check.user_id)
        .await?
        .and_then(|member| member.check);
    if known.is_none_or(|known| known.date <= check.date) {
        store::members::update_self_check(conn, check).await?;
    }
    Ok(())
}

/// Forgets everything of a member, and says so.
pub(crate) async fn erase_member(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<(), Error> {
    store::members::lock(conn, user_id).await?;
    store::erasures::erase_member(conn, user_id).await?;
    store::erasures::insert(conn, user_id, now).await?;
    let done = MemberErasureDone {
        user_id,
        service: "quest".to_owned(),
    };
    Ok(events::publish(conn, &done).await?)
}

/// Takes the members from auth, and from analysis what holds of them, page by page: what was told before this service
/// first listened.
pub(crate) async fn take_snapshot(
    pool: &Pool,
    now: impl Fn() -> Timestamp,
    auth: &client::Client,
    analysis: &client::Client,
) -> Result<(), Error> {
    each_page(pool, auth, "/int/auth/members", async |conn, told: Told| {
        keep_told(conn, now(), &told).await
    })
    .await?;
    each_page(
        pool,
        analysis,
        "/int/analysis/holds",
        async |conn, done: AnalysisCompleted| {
            keep_tendencies(conn, now(), done.user_id, Some(&done.holds)).await
        },
    )
    .await
}

async fn each_page<T: DeserializeOwned>(
    pool: &Pool,
    owner: &client::Client,
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
