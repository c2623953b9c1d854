//! Beginning a test, putting it down, taking it up.

use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use pg::{Connection, Pool};
use uuid::Uuid;

use super::members::hold;
use crate::domain::answers::{Answer, faults};
use crate::domain::instruments::InstrumentKey;
use crate::domain::sessions::{KeptAnswer, OPEN_FOR, Session};
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
    match store::sessions::find_open(conn, user_id, instrument).await? {
        Some(over) if over.is_over(now) => {
            store::sessions::delete(conn, user_id, over.id).await?;
        }
        Some(open) => return Ok((open, false)),
        None => {}
    }
    let new = Session {
        id: Uuid::now_v7(),
        instrument,
        created_at: now,
        updated_at: now,
        submitted_at: None,
    };
    store::sessions::insert(conn, user_id, &new).await?;
    carry_answers_over(conn, user_id, &new).await?;
    Ok((new, true))
}

async fn carry_answers_over(
    conn: &mut Connection,
    user_id: UserId,
    new: &Session,
) -> Result<(), Error> {
    let Some(latest) = store::results::find_latest(conn, user_id).await? else {
        return Ok(());
    };
    if !latest.goes_on_in(new.instrument, new.created_at) {
        return Ok(());
    }
    let mut answers = store::answers::list(conn, user_id, latest.session_id).await?;
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
    let session = find_unsubmitted(conn, now, user_id, id).await?;
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

/// The member's session, unless it was put down for too long.
pub(crate) async fn find_session(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    id: Uuid,
) -> Result<Session, Error> {
    let session = store::sessions::find(conn, user_id, id).await?;
    session.filter(|session| !session.is_over(now)).ok_or(Error::SessionNotFound)
}

/// The member's session, unless it is a result already.
pub(super) async fn find_unsubmitted(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    id: Uuid,
) -> Result<Session, Error> {
    let session = find_session(conn, now, user_id, id).await?;
    match session.submitted_at {
        Some(_) => Err(Error::SessionAlreadySubmitted),
        None => Ok(session),
    }
}

/// Forgets the tests that nobody can take up any more, once an hour, for as long as it is polled. An hour after the limit, so
/// that no request loses the session that it has just found.
pub(crate) async fn sweep(pool: Pool, now: impl Fn() -> Timestamp) {
    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    loop {
        if let Err(error) = delete_over(&pool, now() - OPEN_FOR - HOUR).await {
            tracing::warn!(%error, "tests that were put down were not swept");
        }
        tokio::time::sleep(HOUR.unsigned_abs()).await;
    }
}

async fn delete_over(pool: &Pool, before: Timestamp) -> Result<(), Error> {
    let mut conn = pool.get().await?;
    while store::sessions::delete_open_before(&mut conn, before).await? {}
    Ok(())
}
