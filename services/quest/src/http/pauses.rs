//! A member's times off.

use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::civil::Date;
use problem::{Json, Problem};
use serde::{Deserialize, Serialize};

use crate::app;
use crate::error::Error;
use crate::state::State;

/// A pause, both ends included.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreatePauseRequest {
    /// Today without it.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    #[garde(skip)]
    #[schema(value_type = String, format = Date)]
    until: Date,
}

/// A pause, both ends included.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PauseResponse {
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    until: Date,
}

/// Declares a pause: no quests are given, and the streak stays as it is.
#[utoipa::path(
    post, path = "/api/quests/pause", tag = "quest", operation_id = "create_pause",
    request_body = CreatePauseRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = PauseResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn create_pause(
    caller: Caller,
    once: Once,
    body: Json<CreatePauseRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let CreatePauseRequest { from, until } = body.value;
    once.run(&state.pool, &body.bytes, async |conn| {
        let pause = app::pauses::create_pause(conn, now, caller.user_id, from, until).await?;
        let response = PauseResponse { from: pause.from, until: pause.until };
        Ok::<_, Error>(Reply::created(&response)?)
    })
    .await
}

/// Ends the pause that runs, from today on, or takes back the one that is declared.
#[utoipa::path(
    delete, path = "/api/quests/pause", tag = "quest", operation_id = "delete_pause",
    responses((status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn delete_pause(
    caller: Caller,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let delete = pg::transaction(&state.pool, async |conn| {
        app::pauses::delete_pause(conn, now, caller.user_id).await
    });
    pg::in_turn(caller.user_id.0, delete).await?;
    Ok(HttpResponse::NoContent().finish())
}
