//! Beginning a test, putting it down, taking it up.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;
use uuid::Uuid;

use super::members::hold;
use crate::domain::answers::{Answer, faults};
use crate::domain::instruments::InstrumentKey;
use crate::domain::sessions::{KeptAnswer, Session, carries_over};
use crate::error::Error;
use crate::references::References;
use crate::store;

/// Begins a test, or takes up the one of this kind that the member has put down; says whether it is new. A new 50
/// begins with the answers to a recent 20.
pub(crate) async fn start_session(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    instrument: InstrumentKey,
) -> Result<(Session, bool), Error> {
    hold(conn, user_id).await?;
    if let Some(open) = store::sessions::find_open(conn, user_id, instrument).await? {
        return Ok((open, false));
    }
    let new = Session {
        id: Uuid::now_v7(),
        instrument,
        created_at: now,
        updated_at: now,
        submitted_at: None,
    };
    store::sessions::insert(conn, user_id, &new).await?;
    carry_answers_over(conn, now, user_id, &new).await?;
    Ok((new, true))
}

async fn carry_answers_over(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    new: &Session,
) -> Result<(), Error> {
    let Some(latest) = store::results::find_latest(conn, user_id).await? else {
        return Ok(());
    };
    let earlier = store::sessions::find(conn, user_id, latest.session_id).await?;
    let Some(earlier) = earlier.filter(|earlier| carries_over(earlier, new.instrument, now)) else {
        return Ok(());
    };
    let mut answers = store::answers::list(conn, user_id, earlier.id).await?;
    for kept in &mut answers {
        kept.carried_over = true;
    }
    Ok(store::answers::upsert(conn, user_id, new.id, &answers).await?)
}

/// Keeps some answers of a test that is still open.
pub(crate) async fn answer_session(
    conn: &mut Connection,
    now: Timestamp,
    references: &References,
    user_id: UserId,
    id: Uuid,
    answers: &[Answer],
) -> Result<Session, Error> {
    hold(conn, user_id).await?;
    let session = find_unsubmitted(conn, user_id, id).await?;
    let instrument = references.instrument(session.instrument)?;
    let faults = faults(&instrument, answers);
    if !faults.is_empty() {
        return Err(Error::WrongAnswers { list: "/answers", faults });
    }
    let kept: Vec<KeptAnswer> = answers
        .iter()
        .map(|answer| KeptAnswer { answer: *answer, carried_over: false, answered_at: now })
        .collect();
    store::answers::upsert(conn, user_id, id, &kept).await?;
    let session = Session { updated_at: now, ..session };
    store::sessions::update(conn, user_id, &session).await?;
    Ok(session)
}

/// The member's session, unless it is a result already.
pub(super) async fn find_unsubmitted(
    conn: &mut Connection,
    user_id: UserId,
    id: Uuid,
) -> Result<Session, Error> {
    let session = store::sessions::find(conn, user_id, id).await?.ok_or(Error::SessionNotFound)?;
    match session.submitted_at {
        Some(_) => Err(Error::SessionAlreadySubmitted),
        None => Ok(session),
    }
}
