//! Connecting an account by its provider's consent: a round of the member's browser to the provider and back (OAuth 2).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use garde::Validate;
use identity::Caller;
use problem::{Path, Problem, Query};
use serde::{Deserialize, Serialize};
use url::Url;

use super::accounts::AccountResponse;
use crate::app;
use crate::app::oauth::Return;
use crate::state::State;

/// Where to go.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BegunResponse {
    /// The provider's page of consent. It sends the browser back to the page `/sns/{channel}`, which asks the callback with the
    /// query that it gets.
    #[schema(value_type = String)]
    authorization_url: Url,
}

/// What the provider sent the browser back with. Some add to it.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    #[garde(skip)]
    state: String,
    #[garde(skip)]
    code: Option<String>,
    #[garde(skip)]
    error: Option<String>,
}

/// Begins a round to a channel's provider.
#[utoipa::path(
    get, path = "/api/sns/oauth/{channel}/start", tag = "sns", operation_id = "begin_sns_oauth",
    params(("channel" = String, Path)),
    responses((status = 200, body = BegunResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn begin(
    caller: Caller,
    channel: Path<String>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let authorization_url = app::oauth::begin(&state, caller.user_id, &channel.0).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(BegunResponse { authorization_url }))
}

/// Ends a round that this member has begun, once.
#[utoipa::path(
    get, path = "/api/sns/oauth/{channel}/callback", tag = "sns", operation_id = "finish_sns_oauth",
    params(("channel" = String, Path), CallbackQuery),
    responses((status = 201, body = AccountResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn come_back(
    caller: Caller,
    channel: Path<String>,
    query: Query<CallbackQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let CallbackQuery { state: shown, code, error } = query.0;
    let returned = Return { state: shown, code, error };
    let account = app::oauth::finish(&state, caller.user_id, &channel.0, returned).await?;
    let mut answer = HttpResponse::Created();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.json(AccountResponse::from(account)))
}
