//! The summary of each day, and writing it anew from the facts.

use std::collections::{BTreeMap, BTreeSet};

use contracts::UserId;
use jiff::civil::Date;
use pg::Connection;

use crate::domain::day::Calendar;
use crate::domain::member_days::MemberDay;
use crate::domain::streak::Facts;
use crate::error::Error;
use crate::store;

/// Keeps where the member stands on a date, by the facts since the last day that was kept; and on a later one, where that
/// was looked at while this request waited over midnight. The member is held.
pub(crate) async fn update(
    conn: &mut Connection,
    user_id: UserId,
    calendar: &Calendar,
    date: Date,
) -> Result<(), Error> {
    let newest = store::member_days::list_newest(conn, user_id).await?;
    let later = newest.iter().map(|day| day.date).filter(|kept| *kept > date);
    let mut last = newest.iter().copied().find(|day| day.date < date);
    for date in later.chain([date]).rev() {
        last = Some(update_one(conn, user_id, calendar, last, date).await?);
    }
    Ok(())
}

async fn update_one(
    conn: &mut Connection,
    user_id: UserId,
    calendar: &Calendar,
    last: Option<MemberDay>,
    date: Date,
) -> Result<MemberDay, Error> {
    let since = last.map_or(calendar.first_date(), |last| last.date);
    let (pauses, outages, done, xp) = tokio::try_join!(
        store::pauses::list_since(conn, user_id, since),
        store::outages::list_since(conn, since),
        store::quests::count_completed_on(conn, user_id, date),
        store::rewards::sum_of_day(conn, user_id, date),
    )?;
    // Nothing is completed on a day that is not looked at.
    let completed: BTreeSet<Date> = (done > 0).then_some(date).into_iter().collect();
    let facts = Facts { completed: &completed, pauses: &pauses, outages: &outages, calendar };
    let day = MemberDay {
        date,
        done,
        xp: last.map_or(0, |last| last.xp) + xp,
        standing: facts.standing_since(last.as_ref(), date),
    };
    store::member_days::upsert(conn, user_id, &[day]).await?;
    Ok(day)
}

/// Writes every summary of the member anew, from quests, ledger, pauses, outages and calendar alone. The member is held.
pub(crate) async fn rebuild(
    conn: &mut Connection,
    user_id: UserId,
    calendar: &Calendar,
) -> Result<(), Error> {
    let done: BTreeMap<Date, i32> = store::quests::count_completed(conn, user_id).await?;
    let completed: BTreeSet<Date> = done.keys().copied().collect();
    let pauses = store::pauses::list_since(conn, user_id, calendar.first_date()).await?;
    let outages = store::outages::list_since(conn, calendar.first_date()).await?;
    let sums = store::rewards::list_sums(conn, user_id).await?;
    let kept = store::member_days::list(conn, user_id).await?;
    let mut dates: BTreeSet<Date> = kept.iter().map(|day| day.date).collect();
    dates.extend(store::quests::list_dates(conn, user_id).await?);
    let Some(last) = dates.last() else {
        return Ok(());
    };

    let facts = Facts { completed: &completed, pauses: &pauses, outages: &outages, calendar };
    let explained = facts.explain(*last).into_iter().filter(|day| dates.contains(&day.date));
    let rebuilt = explained.map(|day| MemberDay {
        date: day.date,
        done: done.get(&day.date).copied().unwrap_or(0),
        xp: sums.iter().filter(|(date, _)| *date <= day.date).map(|(_, xp)| xp).sum(),
        standing: day.while_open,
    });
    Ok(store::member_days::upsert(conn, user_id, &rebuilt.collect::<Vec<_>>()).await?)
}
