//! From answers to a result, and away with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::UserId;
use contracts::events::{AnalysisCompleted, AnalysisDeleted};
use contracts::instruments::Instrument;
use jiff::Timestamp;
use pg::Connection;
use uuid::Uuid;

use super::members::hold;
use super::sessions::find_unsubmitted;
use crate::domain::answers::{Answer, Answers};
use crate::domain::instruments::InstrumentKey;
use crate::domain::results::{AnalysisResult, Given, Outcome};
use crate::domain::scoring::SCORER_VERSION;
use crate::domain::sessions::{KeptAnswer, Session, seconds_per_item};
use crate::error::Error;
use crate::references::References;
use crate::store;

/// What a member submits.
#[derive(Clone, Debug)]
pub(crate) enum Submission {
    /// A test that was taken piece by piece.
    Session(Uuid),
    /// A whole test at once.
    Answers(InstrumentKey, Vec<Answer>),
}

/// Scores a test. The result is kept for good, and others are told what now holds.
pub(crate) async fn submit_test(
    conn: &mut Connection,
    now: Timestamp,
    references: &References,
    user_id: UserId,
    submission: Submission,
) -> Result<AnalysisResult, Error> {
    hold(conn, user_id).await?;
    let taken = match submission {
        Submission::Session(id) => close_session(conn, now, references, user_id, id).await?,
        Submission::Answers(key, answers) => {
            keep_answers(conn, now, references, user_id, key, &answers).await?
        }
    };
    // What does not wait for each other is on its way together.
    let (latest, told) = tokio::try_join!(
        store::results::find_latest(conn, user_id),
        store::self_checks::find_told(conn, user_id),
    )?;
    let created_at = latest.as_ref().map_or(now, |latest| latest.followed_at(now));
    let Session { instrument, created_at: begun_at, .. } = taken.session;
    let given = Given {
        answers: taken.answers,
        carried_over: taken.carried_over,
        seconds_per_item: taken.seconds_per_item,
        previous_character: latest.and_then(|latest| latest.held_against(instrument, begun_at)),
        told,
    };
    let characters = references.characters()?;
    let result = AnalysisResult {
        id: Uuid::now_v7(),
        session_id: taken.session.id,
        instrument,
        instrument_version: taken.instrument.version,
        scorer_version: SCORER_VERSION,
        norm_set: taken.instrument.norm_set.clone(),
        characters_version: characters.version,
        outcome: Outcome::of(&taken.instrument, &characters, &given),
        seconds_per_item: given.seconds_per_item,
        previous_character: given.previous_character,
        created_at,
    };
    let completed = AnalysisCompleted { user_id, holds: result.tendencies() };
    tokio::try_join!(
        store::results::insert(conn, user_id, &result),
        events::publish(conn, &completed),
    )?;
    Ok(result)
}

/// A complete test.
struct Taken {
    session: Session,
    instrument: Arc<Instrument>,
    answers: Answers,
    carried_over: BTreeSet<i16>,
    seconds_per_item: Option<f64>,
}

/// A session whose every item is answered.
async fn close_session(
    conn: &mut Connection,
    now: Timestamp,
    references: &References,
    user_id: UserId,
    id: Uuid,
) -> Result<Taken, Error> {
    let session = find_unsubmitted(conn, now, user_id, id).await?;
    let instrument = references.instrument(session.instrument)?;
    let kept = store::answers::list(conn, user_id, id).await?;
    let answers: Vec<Answer> = kept.iter().map(|kept| kept.answer).collect();
    let answers = Answers::complete(&instrument, &answers)
        .map_err(|faults| Error::WrongAnswers { list: "/session_id", faults })?;
    let carried_over =
        kept.iter().filter(|kept| kept.carried_over).map(|kept| kept.answer.question_id).collect();
    let seconds_per_item = seconds_per_item(&session, &kept);
    let session = Session { submitted_at: Some(now), ..session };
    store::sessions::update(conn, user_id, &session).await?;
    Ok(Taken { session, instrument, answers, carried_over, seconds_per_item })
}

/// A session that is begun and ended at once; nobody knows how long it took.
async fn keep_answers(
    conn: &mut Connection,
    now: Timestamp,
    references: &References,
    user_id: UserId,
    key: InstrumentKey,
    answers: &[Answer],
) -> Result<Taken, Error> {
    let instrument = references.instrument(key)?;
    let complete = Answers::complete(&instrument, answers)
        .map_err(|faults| Error::WrongAnswers { list: "/answers", faults })?;
    let session = Session {
        id: Uuid::now_v7(),
        instrument: key,
        created_at: now,
        updated_at: now,
        submitted_at: Some(now),
    };
    store::sessions::insert(conn, user_id, &session).await?;
    let keep =
        |answer: &Answer| KeptAnswer { answer: *answer, carried_over: false, answered_at: now };
    let kept: Vec<KeptAnswer> = answers.iter().map(keep).collect();
    store::answers::upsert(conn, user_id, session.id, &kept).await?;
    Ok(Taken {
        session,
        instrument,
        answers: complete,
        carried_over: BTreeSet::new(),
        seconds_per_item: None,
    })
}

/// Forgets a result with its session and answers; others are told what now holds.
pub(crate) async fn delete_result(
    conn: &mut Connection,
    user_id: UserId,
    id: Uuid,
) -> Result<(), Error> {
    hold(conn, user_id).await?;
    let result = store::results::find(conn, user_id, id).await?.ok_or(Error::ResultNotFound)?;
    store::sessions::delete(conn, user_id, result.session_id).await?;
    let latest = store::results::find_latest(conn, user_id).await?;
    let holds = latest.map(|latest| latest.tendencies());
    Ok(events::publish(conn, &AnalysisDeleted { user_id, holds }).await?)
}
