//! What members make of themselves.

use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use problem::{Json, Problem};
use serde::Deserialize;

use super::users::UserResponse;
use crate::app;
use crate::error::Error;
use crate::state::State;

/// A role to take.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeRoleRequest {
    /// One that is open to the member, such as `artist`.
    #[garde(length(max = 64))]
    role: String,
}

/// Takes a role that is open to the member. The next token carries it: refresh.
#[utoipa::path(
    post, path = "/api/auth/me/roles", tag = "auth", operation_id = "take_role",
    request_body = TakeRoleRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = UserResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn take_role(
    caller: Caller,
    once: Once,
    body: Json<TakeRoleRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    once.run(&state.pool, &body.bytes, async |conn| {
        let user = app::roles::take(conn, now, caller.user_id, &body.value.role).await?;
        Ok::<_, Error>(Reply::ok(&UserResponse::from(user))?)
    })
    .await
}
