//! What members do with their quests.

use contracts::UserId;
use contracts::events::{Event, QuestCompleted, QuestUndone};
use jiff::Timestamp;
use pg::Connection;
use uuid::Uuid;

use super::{member_days, members};
use crate::domain::quests::{Action, Quest, Refusal, Status};
use crate::error::Error;
use crate::store;

/// Completes, skips or takes back. However often and however parallel it is asked, it is done once: a completed quest has
/// one reward.
pub(crate) async fn act_on_quest(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    id: Uuid,
    action: Action,
) -> Result<Quest, Error> {
    match store::quests::find(conn, user_id, id).await? {
        Some(quest) if quest.is_after(action) => return Ok(quest),
        Some(_) => {}
        None if events::erasures::exists_for(conn, user_id).await? => {
            return Err(Error::MemberErased);
        }
        None => return Err(Error::QuestNotFound),
    }
    let calendar = members::hold(conn, now, user_id).await?;
    // Whoever was held before may have done it.
    let mut quest = store::quests::find(conn, user_id, id).await?.ok_or(Error::QuestNotFound)?;
    let today = calendar.day_at(now).date;
    let before = quest.status;
    quest.take(action, today, now).map_err(|refusal| match refusal {
        Refusal::DayIsOver => Error::QuestDayOver { date: quest.date },
        Refusal::AlreadyCompleted => Error::QuestAlreadyCompleted,
    })?;
    if quest.status == before {
        return Ok(quest);
    }
    // What does not wait for each other is on its way together.
    let ((), last_entry) = tokio::try_join!(
        store::quests::update(conn, user_id, &quest),
        store::rewards::find_last_entry(conn, user_id, id),
    )?;
    if quest.status == Status::Completed {
        let entry = (last_entry + 1, quest.xp);
        book(conn, now, user_id, &quest, entry, &completed(user_id, &quest)).await?;
    } else if before == Status::Completed {
        let entry = (last_entry + 1, -quest.xp);
        book(conn, now, user_id, &quest, entry, &undone(user_id, &quest)).await?;
    }
    member_days::update(conn, user_id, &calendar, today).await?;
    Ok(quest)
}

/// Adds an entry to the ledger and tells of it.
async fn book(
    conn: &Connection,
    now: Timestamp,
    user_id: UserId,
    quest: &Quest,
    entry: (i32, i32),
    event: &impl Event,
) -> Result<(), Error> {
    tokio::try_join!(
        store::rewards::insert(conn, user_id, quest, entry, now),
        events::publish(conn, event),
    )?;
    Ok(())
}

fn completed(user_id: UserId, quest: &Quest) -> QuestCompleted {
    QuestCompleted {
        user_id,
        quest_id: quest.id,
        template_code: quest.template_code.clone(),
        date: quest.date,
        xp: quest.xp,
    }
}

fn undone(user_id: UserId, quest: &Quest) -> QuestUndone {
    QuestUndone {
        user_id,
        quest_id: quest.id,
        template_code: quest.template_code.clone(),
        date: quest.date,
        xp: quest.xp,
    }
}
