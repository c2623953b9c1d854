//! Deletions that a provider asks for, signed by it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Form};
use jiff::Timestamp;
use problem::{Path, Problem};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::app;
use crate::domain::signed_requests;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// Meta's form.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct DeletionRequest {
    /// `<signature>.<payload>`, both in base64url.
    signed_request: String,
}

/// Meta's answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DeletionResponse {
    /// Where that can be looked up.
    #[schema(value_type = String)]
    url: Url,
    confirmation_code: Uuid,
}

/// A deletion that was done.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DoneResponse {
    confirmation_code: Uuid,
    #[schema(value_type = String, format = DateTime)]
    done_at: Timestamp,
}

/// A provider wants what came from one of its accounts deleted. Its signature is asked for, and nothing else.
#[utoipa::path(
    post, path = "/api/sns/oauth/{channel}/deletion", tag = "sns", operation_id = "delete_by_provider",
    params(("channel" = String, Path)),
    request_body(content = DeletionRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = DeletionResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn delete(
    channel: Path<String>,
    form: Form<DeletionRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let secret = state.oauth.secret(&channel.0).ok_or(Error::ChannelNotFound)?;
    let id = signed_requests::open(&form.signed_request, secret).ok_or(Error::SignatureRefused)?;
    let now = state.clock.now();
    let confirmation_code = pg::transaction(&state.pool, async |conn| {
        app::deletions::delete(conn, now, &state.lexicon, &channel.0, &id).await
    })
    .await?;
    let url = state.public_url.join(&format!("/api/sns/deletions/{confirmation_code}"));
    let url = url.map_err(Error::internal)?;
    Ok(HttpResponse::Ok().json(DeletionResponse { url, confirmation_code }))
}

/// That it was done, for who has its code.
#[utoipa::path(
    get, path = "/api/sns/deletions/{code}", tag = "sns", operation_id = "find_deletion",
    params(("code" = Uuid, Path)),
    responses((status = 200, body = DoneResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn find(code: Path<Uuid>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let find = async |conn: &_| store::deletions::find(conn, code.0).await;
    let done_at = state.pool.read(find).await.map_err(Error::from)?;
    let done_at = done_at.ok_or(Error::DeletionNotFound)?;
    Ok(HttpResponse::Ok().json(DoneResponse { confirmation_code: code.0, done_at }))
}
