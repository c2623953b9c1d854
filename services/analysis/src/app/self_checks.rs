//! The day's self-check.

use contracts::UserId;
use contracts::events::SelfCheckSubmitted;
use jiff::ToSpan;
use jiff::civil::Date;
use pg::Connection;

use super::members::hold;
use crate::domain::preferences::{Activity, Pace, Social};
use crate::domain::self_checks::{PerItem, SelfCheck};
use crate::domain::trends::{LONGEST_DAYS, RecentDays, is_low_mood};
use crate::error::Error;
use crate::store;

/// What was made of a self-check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Submitted {
    /// Whether it is the first of its date.
    pub(crate) is_first: bool,
    /// Whether moods have been low for long.
    pub(crate) is_low_mood: bool,
}

/// Keeps the entry of a date, in the place of an earlier one, and tells others.
pub(crate) async fn submit_self_check(
    conn: &mut Connection,
    user_id: UserId,
    entry: &SelfCheck,
) -> Result<Submitted, Error> {
    hold(conn, user_id).await?;
    let is_first = store::self_checks::upsert(conn, user_id, entry).await?;
    let recent = store::self_checks::list_since(conn, user_id, longest_window(entry.date)).await?;
    let is_low_mood = is_low_mood(&recent, entry.date);
    let PerItem { mood, energy, stress, sleep, focus, relationships } = entry.ratings;
    let event = SelfCheckSubmitted {
        user_id,
        date: entry.date,
        mood,
        energy,
        stress,
        sleep,
        focus,
        relationships,
        activity: entry.told.activity.map(Activity::key).map(str::to_owned),
        social: entry.told.social.map(Social::key).map(str::to_owned),
        pace: entry.told.pace.map(Pace::key).map(str::to_owned),
        low_mood: is_low_mood,
    };
    events::publish(conn, &event).await?;
    Ok(Submitted { is_first, is_low_mood })
}

/// What trends look back on.
pub(crate) async fn recent_days(
    conn: &mut Connection,
    user_id: UserId,
    today: Date,
) -> Result<RecentDays, Error> {
    let from = longest_window(today);
    Ok(RecentDays {
        entries: store::self_checks::list_since(conn, user_id, from).await?,
        completed_quests: store::completed_quests::list_dates_since(conn, user_id, from).await?,
    })
}

/// The first date of the longest window.
fn longest_window(today: Date) -> Date {
    today.saturating_sub((LONGEST_DAYS - 1).days())
}
