//! Staying signed in, and ending it.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use contracts::UserId;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use problem::{Json, OptionalJson, Path, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::accounts::{TokensResponse, tokens};
use crate::app;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A refresh token to exchange.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    #[garde(length(max = 4096))]
    refresh_token: String,
}

/// Where to sign out.
#[derive(Debug, Default, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogOutRequest {
    /// Whether to end all of the member's sessions.
    #[garde(skip)]
    everywhere: bool,
}

/// Whose access token this is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CheckResponse {
    user_id: UserId,
    roles: Vec<String>,
    /// When the access token expires.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A place where a member is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionResponse {
    id: Uuid,
    /// What the client called itself.
    device: Option<String>,
    /// Whether this is the session that asks.
    current: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The last time its tokens were renewed.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Where a member is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionsResponse {
    items: Vec<SessionResponse>,
    /// Always null: a member has at most 100 sessions, and this is all of them.
    next_cursor: Option<String>,
}

/// Exchanges a refresh token for new tokens.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "auth", operation_id = "refresh",
    request_body = RefreshRequest,
    responses((status = 200, body = TokensResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn refresh(
    body: Json<RefreshRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let token =
        state.tokens.read_refresh(&body.value.refresh_token).ok_or(Error::RefreshRefused)?;
    let signed_in = app::sessions::refresh(&state, state.clock.now(), token).await?;
    let (tokens, _) = tokens(&state, signed_in)?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(tokens))
}

/// Signs out.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "auth", operation_id = "log_out",
    request_body = Option<LogOutRequest>,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn log_out(
    caller: Caller,
    once: Once,
    body: OptionalJson<LogOutRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let Json { value, bytes } = body.0;
    once.run(&state.pool, &bytes, async |conn| {
        let Caller { user_id, session_id, .. } = caller;
        app::sessions::log_out(conn, now, user_id, session_id, value.everywhere).await?;
        Ok::<_, Error>(Reply::no_content())
    })
    .await
}

/// Says whose access token this is.
#[utoipa::path(
    get, path = "/api/auth/check", tag = "auth", operation_id = "check",
    responses((status = 200, body = CheckResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn check(caller: Caller) -> HttpResponse {
    HttpResponse::Ok().json(CheckResponse {
        user_id: caller.user_id,
        roles: caller.roles.iter().map(str::to_owned).collect(),
        expires_at: caller.token_expires_at,
    })
}

/// Where the member is signed in, newest first; at most 100 places. A sign-in beyond ends the one idle for longest.
#[utoipa::path(
    get, path = "/api/auth/sessions", tag = "auth", operation_id = "list_sessions",
    responses((status = 200, body = SessionsResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn list_sessions(
    caller: Caller,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let sessions = store::sessions::list(&mut conn, caller.user_id, state.clock.now()).await;
    let response = |session: crate::domain::sessions::Session| SessionResponse {
        current: caller.session_id == Some(session.id),
        id: session.id,
        device: session.device,
        created_at: session.created_at,
        last_used_at: session.rotated_at,
        expires_at: session.expires_at,
    };
    let items = sessions.map_err(Error::from)?.into_iter().map(response).collect();
    Ok(HttpResponse::Ok().json(SessionsResponse { items, next_cursor: None }))
}

/// Ends one of the member's sessions.
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", tag = "auth", operation_id = "end_session",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn end_session(
    caller: Caller,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    pg::transaction(&state.pool, async |conn| {
        app::sessions::end_session(conn, now, caller.user_id, id.0).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
