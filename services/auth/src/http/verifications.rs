//! Proving that an address is one's own.

use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use problem::{Json, Problem};
use secrecy::SecretString;
use serde::Deserialize;

use super::address::ClientNetwork;
use crate::app;
use crate::domain::mail_tokens::Purpose;
use crate::domain::quotas::TOKENS_SHOWN;
use crate::error::Error;
use crate::state::State;

/// The token out of the letter.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyEmailRequest {
    #[garde(skip)]
    #[schema(value_type = String)]
    token: SecretString,
}

/// Sends the letter again that came at sign-up; the last one's token is worthless then.
#[utoipa::path(
    post, path = "/api/auth/email/verification", tag = "auth", operation_id = "send_verification",
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 202)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn send_verification(
    caller: Caller,
    once: Once,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    once.run(&state.pool, &[], async |conn| {
        app::verifications::ask(conn, now, caller.user_id).await?;
        Ok::<_, Error>(Reply::accepted())
    })
    .await
}

/// Proves an address by the token of a letter, once.
#[utoipa::path(
    post, path = "/api/auth/email/verify", tag = "auth", operation_id = "verify_email",
    request_body = VerifyEmailRequest,
    responses((status = 204)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn verify_email(
    client: ClientNetwork,
    body: Json<VerifyEmailRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    app::quotas::take_now(&state, now, &TOKENS_SHOWN, client.as_bytes()).await?;
    let token = state.mail_keys.read(Purpose::EmailVerification, &body.value.token);
    let token = token.ok_or(Error::MailTokenRefused)?;
    pg::transaction(&state.pool, async |conn| app::verifications::verify(conn, now, token).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
