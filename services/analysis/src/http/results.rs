//! Submitting a test, and its results. `response.rs` says what a result looks like.

mod response;

use actix_web::HttpResponse;
use actix_web::web::Data;
use chassis::Language;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use problem::{FieldError, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::response::ResultResponse;
use self::response::Teller;
use super::sessions::{AnswerRequest, MOST_ANSWERS, instrument};
use crate::app;
use crate::app::results::Submission;
use crate::domain::answers::Answer;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A test to be scored: `{session_id}`, or `{instrument, answers}` with every item once.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitTestRequest {
    /// A test that was taken piece by piece.
    #[garde(skip)]
    session_id: Option<Uuid>,
    /// `mini-ipip-20` or `ipip-bfm-50`.
    #[garde(skip)]
    instrument: Option<String>,
    /// Every item once.
    #[garde(inner(length(max = MOST_ANSWERS)))]
    answers: Option<Vec<AnswerRequest>>,
}

impl SubmitTestRequest {
    /// One of the two forms; whatever is missing or too much is named.
    fn submission(&self) -> Result<Submission, Error> {
        match (self.session_id, &self.instrument, &self.answers) {
            (Some(id), None, None) => Ok(Submission::Session(id)),
            (None, Some(key), Some(answers)) => {
                let answers = answers.iter().map(Answer::from).collect();
                Ok(Submission::Answers(instrument(key)?, answers))
            }
            (None, ..) => Err(self.wrong(false, "is needed, or session_id alone")),
            (Some(_), ..) => Err(self.wrong(true, "must be left out beside session_id")),
        }
    }

    /// The fields of the second form that are there, or are not.
    fn wrong(&self, there: bool, detail: &str) -> Error {
        let fields =
            [("/instrument", self.instrument.is_some()), ("/answers", self.answers.is_some())];
        let wrong = fields
            .into_iter()
            .filter(|(_, is_there)| *is_there == there)
            .map(|(pointer, _)| FieldError::new(pointer, detail));
        Error::Invalid(wrong.collect())
    }
}

/// Which results.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultsQuery {
    /// The `next_cursor` of the page before.
    #[garde(inner(custom(is_of_our_time)))]
    #[param(value_type = Option<String>)]
    cursor: Option<Timestamp>,
    /// 1 to 100, else 20.
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "page")]
    limit: i64,
}

fn page() -> i64 {
    20
}

/// There are no results of before the epoch, and PostgreSQL has not all of those times.
fn is_of_our_time(value: &Timestamp, _: &()) -> garde::Result {
    if *value < Timestamp::UNIX_EPOCH {
        return Err(garde::Error::new("must be a next_cursor"));
    }
    Ok(())
}

/// The member's results, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ResultsResponse {
    items: Vec<ResultResponse>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Timestamp>,
}

/// Scores a test.
#[utoipa::path(
    post, path = "/api/psy-test/submit", tag = "analysis", operation_id = "submit_test",
    request_body = SubmitTestRequest,
    params(("lang" = Option<String>, Query), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = ResultResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn submit_test(
    caller: Caller,
    language: Language,
    once: Once,
    body: Json<SubmitTestRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let (now, references, user_id) = (state.clock.now(), &state.references, caller.user_id);
    let submission = body.value.submission()?;
    once.run(&state.pool, &body.bytes, async |conn| {
        let result = app::results::submit_test(conn, now, references, user_id, submission).await?;
        let reader = store::readings::find_reader(conn, user_id).await?;
        let teller = Teller::new(references, reader, language)?;
        Ok::<_, Error>(Reply::created(&teller.tell(&result))?)
    })
    .await
}

/// The member's results, newest first.
#[utoipa::path(
    get, path = "/api/analysis-results", tag = "analysis", operation_id = "list_results",
    params(ResultsQuery, ("lang" = Option<String>, Query)),
    responses((status = 200, body = ResultsResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn list_results(
    caller: Caller,
    language: Language,
    query: Query<ResultsQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let ResultsQuery { cursor, limit } = query.0;
    let conn = state.pool.get().await.map_err(Error::from)?;
    // One more than is shown says whether there is a next page.
    let results = store::results::list(&conn, caller.user_id, cursor, limit + 1).await;
    let results = results.map_err(Error::from)?;
    let reader = store::readings::find_reader(&conn, caller.user_id).await.map_err(Error::from)?;
    let teller = Teller::new(&state.references, reader, language)?;
    let shown = usize::try_from(limit).unwrap_or_default().min(results.len());
    let has_more = shown < results.len();
    Ok(HttpResponse::Ok().json(ResultsResponse {
        items: results[..shown].iter().map(|result| teller.tell(result)).collect(),
        next_cursor: results[..shown].last().filter(|_| has_more).map(|last| last.created_at),
    }))
}

/// The member's newest result.
#[utoipa::path(
    get, path = "/api/analysis-results/latest", tag = "analysis", operation_id = "find_latest_result",
    params(("lang" = Option<String>, Query)),
    responses((status = 200, body = ResultResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_latest_result(
    caller: Caller,
    language: Language,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let found = state
        .pool
        .read(async |conn| store::readings::find_latest(conn, caller.user_id).await)
        .await
        .map_err(Error::from)?;
    let (result, reader) = found.ok_or(Error::ResultNotFound)?;
    let teller = Teller::new(&state.references, reader, language)?;
    Ok(HttpResponse::Ok().json(teller.tell(&result)))
}

/// One of the member's results.
#[utoipa::path(
    get, path = "/api/analysis-results/{id}", tag = "analysis", operation_id = "find_result",
    params(("id" = Uuid, Path), ("lang" = Option<String>, Query)),
    responses((status = 200, body = ResultResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_result(
    caller: Caller,
    language: Language,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let found = state
        .pool
        .read(async |conn| store::readings::find(conn, caller.user_id, id.0).await)
        .await
        .map_err(Error::from)?;
    let (result, reader) = found.ok_or(Error::ResultNotFound)?;
    let teller = Teller::new(&state.references, reader, language)?;
    Ok(HttpResponse::Ok().json(teller.tell(&result)))
}

/// Forgets a result and its answers.
#[utoipa::path(
    delete, path = "/api/analysis-results/{id}", tag = "analysis", operation_id = "delete_result",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn delete_result(
    caller: Caller,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    pg::transaction(&state.pool, async |conn| {
        app::results::delete_result(conn, caller.user_id, id.0).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
