//! A new password for who has forgotten theirs.

use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use problem::{Json, Problem};
use secrecy::SecretString;
use serde::Deserialize;

use super::address::ClientNetwork;
use super::rules;
use crate::app;
use crate::domain::mail_tokens::Purpose;
use crate::domain::quotas::TOKENS_SHOWN;
use crate::error::Error;
use crate::state::State;

/// Somebody who has forgotten their password.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgotPasswordRequest {
    #[garde(length(max = 255))]
    email: String,
}

/// A new password, and the token out of the letter.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordRequest {
    #[garde(skip)]
    #[schema(value_type = String)]
    token: SecretString,
    #[garde(custom(rules::password))]
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    new: SecretString,
}

/// Sends a letter by which a new password can be chosen, if the address is a member's. The answer does not say whether.
#[utoipa::path(
    post, path = "/api/auth/password/forgot", tag = "auth", operation_id = "forgot_password",
    request_body = ForgotPasswordRequest,
    responses((status = 202)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn forgot_password(
    client: ClientNetwork,
    body: Json<ForgotPasswordRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    pg::transaction(&state.pool, async |conn| {
        app::resets::ask(conn, now, &body.value.email, client.as_bytes()).await
    })
    .await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Sets a new password by the token of a letter, once; ends all sessions.
#[utoipa::path(
    post, path = "/api/auth/password/reset", tag = "auth", operation_id = "reset_password",
    request_body = ResetPasswordRequest,
    responses((status = 204)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn reset_password(
    client: ClientNetwork,
    body: Json<ResetPasswordRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let ResetPasswordRequest { token, new } = &body.value;
    app::quotas::take_now(&state, now, &TOKENS_SHOWN, client.as_bytes()).await?;
    let token =
        state.mail_keys.read(Purpose::PasswordReset, token).ok_or(Error::MailTokenRefused)?;
    app::resets::reset(&state, now, token, new).await?;
    Ok(HttpResponse::NoContent().finish())
}
