//! Leaving for good, and seeing that it was done.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use contracts::UserId;
use garde::Validate;
use identity::Caller;
use jiff::Timestamp;
use problem::{Json, OptionalJson, Path, Problem};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app;
use crate::app::proofs::Proof;
use crate::domain::erasures::{Claim, Erasure, Part};
use crate::error::Error;
use crate::state::State;

/// The way to a receipt is a header: paths are written down by browsers and proxies.
const RECEIPT_TOKEN: &str = "receipt-token";

/// That it is really the member who asks.
#[derive(Debug, Default, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseMeRequest {
    /// The member's password. Who has none, because they sign in with an account elsewhere, leaves it out, and has signed
    /// in anew at most five minutes before.
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

/// What the member keeps: there is no other way to the receipt.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EraseMeResponse {
    /// `GET /api/auth/erasures/{id}`
    id: Uuid,
    /// The header `Receipt-Token` of that request.
    token: String,
}

/// What has become of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ErasureResponse {
    id: Uuid,
    /// The former id of the member.
    user_id: UserId,
    state: ErasureState,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    services: Vec<ServiceErasureResponse>,
    /// Once it is done: a JWS (RFC 7515) by one of the keys in `/.well-known/jwks.json`, `typ` `erasure-receipt+jwt`. It is
    /// signed anew whenever it is fetched, in the first 90 days.
    receipt: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum ErasureState {
    /// A service has not confirmed yet; it is asked again and again.
    Pending,
    /// Everybody has confirmed.
    Done,
}

/// What one service has erased.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ServiceErasureResponse {
    service: String,
    /// What holds nothing of the member any more: its tables; `account` at Cognito.
    tables: Vec<String>,
    /// When it was confirmed; null until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    erased_at: Option<Timestamp>,
}

/// Erases the member in every service, for good. The other services confirm it one by one.
#[utoipa::path(
    delete, path = "/api/auth/me", tag = "auth", operation_id = "erase_me",
    request_body = Option<EraseMeRequest>,
    responses((status = 202, body = EraseMeResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn erase_me(
    caller: Caller,
    body: OptionalJson<EraseMeRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let Json { value, .. } = body.0;
    let who = (caller.user_id, caller.session_id);
    let proof = Proof::of(&state, now, who, value.password.as_ref()).await?;
    let erased =
        pg::transaction(&state.pool, async |conn| app::erasures::erase_me(conn, now, &proof).await)
            .await;
    if matches!(erased, Err(Error::NotProven)) {
        proof.count_refused(&state, now).await?;
    }
    let Claim { id, token } = erased?;
    Ok(HttpResponse::Accepted()
        .insert_header((LOCATION, format!("/api/auth/erasures/{id}")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(EraseMeResponse { id, token }))
}

/// What has become of an account, for whoever holds the token that was answered when it was erased; for 90 days.
#[utoipa::path(
    get, path = "/api/auth/erasures/{id}", tag = "auth", operation_id = "find_erasure",
    params(("id" = Uuid, Path), ("Receipt-Token" = String, Header)),
    responses((status = 200, body = ErasureResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn find_erasure(
    request: HttpRequest,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let token = request.headers().get(RECEIPT_TOKEN).and_then(|token| token.to_str().ok());
    let token = token.ok_or(Error::ErasureNotFound)?.to_owned();
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let erasure = app::erasures::find(&mut conn, Claim { id: id.0, token }).await?;
    let receipt = erasure.receipt().map(|receipt| state.tokens.receipt(&receipt)).transpose()?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(ErasureResponse::new(erasure, receipt)))
}

impl ErasureResponse {
    fn new(erasure: Erasure, receipt: Option<String>) -> Self {
        let Erasure { id, user_id, requested_at, parts } = erasure;
        let state = if receipt.is_some() { ErasureState::Done } else { ErasureState::Pending };
        let service = |Part { service, tables, done_at }| ServiceErasureResponse {
            service,
            tables,
            erased_at: done_at,
        };
        let services = parts.into_iter().map(service).collect();
        ErasureResponse { id, user_id, state, requested_at, services, receipt }
    }
}
