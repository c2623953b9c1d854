//! Tests that can be put down and taken up.

use actix_web::HttpResponse;
use actix_web::web::Data;
use contracts::UserId;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use pg::Connection;
use problem::{Json, Path, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app;
use crate::domain::answers::Answer;
use crate::domain::instruments::InstrumentKey;
use crate::domain::sessions::{KeptAnswer, Session};
use crate::error::Error;
use crate::references::References;
use crate::state::State;
use crate::store;

/// Which test to begin.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartSessionRequest {
    /// `mini-ipip-20` or `ipip-bfm-50`.
    #[garde(skip)]
    instrument: String,
}

/// Any number of answers.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswersRequest {
    #[garde(length(min = 1, max = MOST_ANSWERS))]
    answers: Vec<AnswerRequest>,
}

/// More than any test asks. Only so that nobody sends a book: which answers there must be is for the instrument to say.
pub(super) const MOST_ANSWERS: usize = 100;

/// An answer to one item; whether the test has it is for the domain to say.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRequest {
    /// The item's number in the 50.
    #[garde(skip)]
    question_id: i16,
    /// 1 to 5.
    #[garde(skip)]
    #[schema(minimum = 1, maximum = 5)]
    value: i16,
}

impl From<&AnswerRequest> for Answer {
    fn from(answer: &AnswerRequest) -> Self {
        Answer { question_id: answer.question_id, value: answer.value }
    }
}

/// A test that is being taken, or was.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionResponse {
    id: Uuid,
    /// `mini-ipip-20` or `ipip-bfm-50`.
    instrument: &'static str,
    /// How many items the test has; it can be submitted when all are answered.
    total: usize,
    answers: Vec<AnswerResponse>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last answered.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it became a result.
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Timestamp>,
}

/// An answer as it is kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AnswerResponse {
    /// The item's number in the 50.
    question_id: i16,
    /// 1 to 5.
    value: i16,
    /// Whether it was given to an earlier, shorter test.
    carried_over: bool,
}

impl From<KeptAnswer> for AnswerResponse {
    fn from(kept: KeptAnswer) -> Self {
        AnswerResponse {
            question_id: kept.answer.question_id,
            value: kept.answer.value,
            carried_over: kept.carried_over,
        }
    }
}

/// Begins a test (201), or takes up the one of this kind that was put down in the last 30 days (200). The 50 begin with the
/// answers to a recent 20.
#[utoipa::path(
    post, path = "/api/psy-test/sessions", tag = "analysis", operation_id = "start_session",
    request_body = StartSessionRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = SessionResponse), (status = 200, body = SessionResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn start_session(
    caller: Caller,
    once: Once,
    body: Json<StartSessionRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let (now, user_id) = (state.clock.now(), caller.user_id);
    let instrument = instrument(&body.value.instrument)?;
    once.run(&state.pool, &body.bytes, async |conn| {
        let (session, is_new) =
            app::sessions::start_session(conn, now, user_id, instrument).await?;
        let response = response(conn, &state.references, user_id, session).await?;
        let reply = if is_new { Reply::created(&response) } else { Reply::ok(&response) };
        Ok::<_, Error>(reply?)
    })
    .await
}

/// A test and how far it is. One that is not submitted is there for 30 days after it was last answered.
#[utoipa::path(
    get, path = "/api/psy-test/sessions/{id}", tag = "analysis", operation_id = "find_session",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = SessionResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_session(
    caller: Caller,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let now = state.clock.now();
    let session = app::sessions::find_session(&mut conn, now, caller.user_id, id.0).await?;
    let response = response(&mut conn, &state.references, caller.user_id, session).await?;
    Ok(HttpResponse::Ok().json(response))
}

/// Keeps answers; a question answered before takes the new answer.
#[utoipa::path(
    put, path = "/api/psy-test/sessions/{id}/answers", tag = "analysis", operation_id = "answer_session",
    params(("id" = Uuid, Path)),
    request_body = AnswersRequest,
    responses((status = 200, body = SessionResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn answer_session(
    caller: Caller,
    id: Path<Uuid>,
    body: Json<AnswersRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let (now, references, user_id) = (state.clock.now(), &state.references, caller.user_id);
    let answers: Vec<Answer> = body.value.answers.iter().map(Answer::from).collect();
    let response = pg::transaction(&state.pool, async |conn| {
        let session =
            app::sessions::answer_session(conn, now, references, user_id, id.0, &answers).await?;
        response(conn, references, user_id, session).await
    })
    .await?;
    Ok(HttpResponse::Ok().json(response))
}

/// The instrument that a client names.
pub(super) fn instrument(key: &str) -> Result<InstrumentKey, Error> {
    InstrumentKey::from_key(key).ok_or(Error::UnknownInstrument)
}

async fn response(
    conn: &mut Connection,
    references: &References,
    user_id: UserId,
    session: Session,
) -> Result<SessionResponse, Error> {
    let answers = store::answers::list(conn, user_id, session.id).await?;
    Ok(SessionResponse {
        id: session.id,
        instrument: session.instrument.key(),
        total: references.instrument(session.instrument)?.items.len(),
        answers: answers.into_iter().map(AnswerResponse::from).collect(),
        created_at: session.created_at,
        updated_at: session.updated_at,
        submitted_at: session.submitted_at,
    })
}
