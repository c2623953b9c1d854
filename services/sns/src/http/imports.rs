//! Imports, as their member sees them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use problem::{Json, Path, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app;
use crate::domain::imports::{Import, Status};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// What to read.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRequest {
    #[garde(skip)]
    account_id: Uuid,
}

/// An import.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ImportResponse {
    id: Uuid,
    account_id: Uuid,
    status: Status,
    /// Posts that were read.
    fetched: i32,
    /// Those that were not known before.
    new: i32,
    /// What the new ones are about.
    topics: Vec<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// When a paused one goes on by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    resume_at: Option<Timestamp>,
    /// Why it is paused or has failed: `limited`, `away`, `not-found`, `consent-needed`, `refused`, `unreadable`,
    /// `not-public`, `too-large`.
    error: Option<String>,
}

impl From<Import> for ImportResponse {
    fn from(import: Import) -> Self {
        ImportResponse {
            id: import.id,
            account_id: import.account_id,
            status: import.status,
            fetched: import.fetched,
            new: import.new,
            topics: import.topics,
            started_at: import.started_at,
            finished_at: import.finished_at,
            resume_at: import.resume_at,
            error: import.error,
        }
    }
}

/// Asks for an import of an account. While one is open, that one is answered; just after one the account is left alone (429).
#[utoipa::path(
    post, path = "/api/sns/import", tag = "sns", operation_id = "import",
    request_body = ImportRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 202, body = ImportResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn request_import(
    caller: Caller,
    once: Once,
    body: Json<ImportRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let account_id = body.value.account_id;
    once.run(&state.pool, &body.bytes, async |conn| {
        let import = app::imports::request(conn, now, caller.user_id, account_id).await?;
        Ok::<_, Error>(Reply::json(StatusCode::ACCEPTED, &ImportResponse::from(import))?)
    })
    .await
}

/// How far an import is.
#[utoipa::path(
    get, path = "/api/sns/imports/{id}", tag = "sns", operation_id = "find_import",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_import(
    caller: Caller,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let find = async |conn: &_| store::imports::find(conn, caller.user_id, id.0).await;
    let import = state.pool.read(find).await.map_err(Error::from)?;
    let import = import.ok_or(Error::ImportNotFound)?;
    Ok(HttpResponse::Ok().json(ImportResponse::from(import)))
}
