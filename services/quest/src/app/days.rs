//! A member's day: its first look gives the day's quests.

use contracts::UserId;
use contracts::quest_templates::QuestTemplates;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use pg::Connection;
use uuid::Uuid;

use super::{member_days, members};
use crate::domain::day::Calendar;
use crate::domain::home::Home;
use crate::domain::members::Member;
use crate::domain::quests::{Quest, are_chosen_again};
use crate::domain::selection::{DAYS_REMEMBERED, Situation};
use crate::error::Error;
use crate::references::References;
use crate::state::State;
use crate::store;

/// The member's home: one statement, unless this is the first look of the day, or there was nothing to give at the first.
pub(crate) async fn look(state: &State, now: Timestamp, user_id: UserId) -> Result<Home, Error> {
    let known = state.pool.read(async |conn| store::home::find(conn, user_id).await).await?;
    match known {
        Some(home) if home.is_opened(now) => Ok(home),
        _ => {
            let open = pg::transaction(&state.pool, async |conn| {
                open(conn, now, &state.references, user_id).await?;
                store::home::find(conn, user_id).await?.ok_or(Error::MemberErased)
            });
            pg::in_turn(user_id.0, open).await
        }
    }
}

/// Opens the day that runs: gives its quests, unless another look has, and keeps where the member stands. While the
/// catalog was never reached there is nothing to give, and the next look tries again.
async fn open(
    conn: &mut Connection,
    now: Timestamp,
    references: &References,
    user_id: UserId,
) -> Result<(), Error> {
    let calendar = members::hold(conn, now, user_id).await?;
    let today = calendar.day_at(now).date;
    let pauses = store::pauses::list_since(conn, user_id, today).await?;
    let is_paused = pauses.iter().any(|pause| pause.covers(today));
    let given = store::quests::list_of_day(conn, user_id, today).await?;
    if !is_paused && given.is_empty() {
        match references.quest_templates() {
            Ok(library) => give_quests(conn, now, &library, user_id, today).await?,
            Err(error) => tracing::warn!(%error, "a day without quests"),
        }
    }
    member_days::update(conn, user_id, &calendar, today).await
}

async fn give_quests(
    conn: &mut Connection,
    now: Timestamp,
    library: &QuestTemplates,
    user_id: UserId,
    today: Date,
) -> Result<(), Error> {
    let Some(member) = store::members::find(conn, user_id).await? else {
        return Err(Error::MemberErased);
    };
    let since = today.saturating_sub(DAYS_REMEMBERED.days());
    let past = store::quests::list_between(conn, user_id, since, today).await?;
    let outcomes = store::outcomes::load(conn).await?;
    let situation =
        Situation { member: &member, date: today, library, past: &past, outcomes: &outcomes };
    let offer = situation.choose();
    if offer.picks.is_empty() {
        return Ok(());
    }
    let give = |(slot, pick)| Quest::given(Uuid::now_v7(), today, slot, pick);
    let quests: Vec<Quest> = (0..).zip(&offer.picks).map(give).collect();
    store::quests::insert(conn, user_id, &quests, now).await?;
    Ok(store::offers::insert(conn, user_id, today, now, library.version, &offer).await?)
}

/// Takes back the quests of the day that runs, so that its next look chooses again, where they were given before a first
/// result told anything of the member and may be ([`are_chosen_again`]). The member is held; `before` is what was known.
pub(super) async fn choose_again(
    conn: &mut Connection,
    now: Timestamp,
    calendar: &Calendar,
    before: &Member,
) -> Result<(), Error> {
    let (user_id, today) = (before.user_id, calendar.day_at(now).date);
    let given = store::quests::list_of_day(conn, user_id, today).await?;
    let rewarded = store::rewards::exist_on(conn, user_id, today).await?;
    if are_chosen_again(before, &given, rewarded)
        && store::offers::supersede(conn, user_id, today, now).await?
    {
        store::quests::delete_of_day(conn, user_id, today).await?;
    }
    Ok(())
}
