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

/// A new password, and what came by mail: our token, or Cognito's code, which says nothing of whose it is.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordRequest {
    /// Either this, or `email` and `code`.
    #[garde(custom(|_, _| self.letter().map(drop).ok_or_else(no_letter)))]
    #[schema(value_type = Option<String>)]
    token: Option<SecretString>,
    #[garde(inner(length(max = 255)))]
    email: Option<String>,
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    code: Option<SecretString>,
    #[garde(custom(rules::password))]
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    new: SecretString,
}

/// What came by mail.
enum Letter<'r> {
    Token(&'r SecretString),
    Code { email: &'r str, code: &'r SecretString },
}

impl ResetPasswordRequest {
    fn letter(&self) -> Option<Letter<'_>> {
        match (&self.token, &self.email, &self.code) {
            (Some(token), None, None) => Some(Letter::Token(token)),
            (None, Some(email), Some(code)) => Some(Letter::Code { email, code }),
            _ => None,
        }
    }
}

fn no_letter() -> garde::Error {
    garde::Error::new("is needed, or in its place email and code")
}

/// Sends a letter by which a new password can be chosen, if the address is a member's. The answer does not say whether.
/// Where Cognito holds the password, the letter is Cognito's, and brings a code.
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
    app::resets::ask(&state, now, &body.value.email, client.as_bytes()).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Sets a new password by the token or the code of a letter, once; ends all sessions.
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
    app::quotas::take_now(&state, now, &TOKENS_SHOWN, client.as_bytes()).await?;
    let new = &body.value.new;
    match body.value.letter().ok_or(Error::MailTokenRefused)? {
        Letter::Token(token) => {
            let token = state.mail_keys.read(Purpose::PasswordReset, token);
            app::resets::reset(&state, now, token.ok_or(Error::MailTokenRefused)?, new).await?;
        }
        Letter::Code { email, code } => {
            app::cognito::reset_password(&state, now, email, code, new).await?;
        }
    }
    Ok(HttpResponse::NoContent().finish())
}
