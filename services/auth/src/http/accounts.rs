//! Signing up and in.

use actix_web::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, USER_AGENT};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use garde::Validate;
use problem::{Json, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::address::ClientNetwork;
use super::rules;
use super::users::UserResponse;
use crate::app;
use crate::app::accounts::{NewMember, SignedIn};
use crate::app::cognito::SignedUp;
use crate::domain::quotas::SIGN_UPS;
use crate::domain::users::{DEFAULT_LOCALE, DEFAULT_TIME_ZONE, User, is_locale};
use crate::state::State;

/// Somebody who signs up. Says their age, or that they are over 14.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpRequest {
    #[garde(email, length(max = 255))]
    email: String,
    #[garde(custom(rules::password))]
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    password: SecretString,
    #[garde(custom(rules::name))]
    name: String,
    #[garde(custom(rules::age(self.over_14)))]
    #[schema(minimum = 14, maximum = 120)]
    age: Option<i32>,
    #[garde(custom(rules::over_14))]
    over_14: Option<bool>,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    gender: Option<String>,
    /// BCP 47 tag; else the first of `Accept-Language`, else `ko`.
    #[garde(inner(custom(rules::locale)))]
    locale: Option<String>,
    /// IANA zone; else `Asia/Seoul`.
    #[garde(inner(custom(rules::time_zone)))]
    time_zone: Option<String>,
}

/// Somebody who signs in.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogInRequest {
    #[garde(length(max = 255))]
    email: String,
    #[garde(skip)]
    #[schema(value_type = String)]
    password: SecretString,
}

/// A code that was sent to the owner of an address.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    #[garde(length(max = 255))]
    email: String,
    #[garde(length(min = 1, max = 64))]
    code: String,
}

/// Tokens, in the names of RFC 6749.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokensResponse {
    access_token: String,
    refresh_token: String,
    /// Of members whose password Cognito holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
}

/// Tokens and the member they belong to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SignedInResponse {
    #[serde(flatten)]
    tokens: TokensResponse,
    user: UserResponse,
}

/// Somebody who has signed up: signed in, or asked to confirm that the address is theirs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum SignedUpResponse {
    SignedIn(Box<SignedInResponse>),
    Unconfirmed { user: Box<UserResponse>, confirmation: ConfirmationResponse },
}

/// What is to be confirmed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ConfirmationResponse {
    /// How the code was sent; null where Cognito does not say.
    delivery: Option<DeliveryResponse>,
}

/// How a code was sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DeliveryResponse {
    /// `email` or `sms`.
    medium: String,
    /// Whereto, made unreadable in parts: `m***@e***`.
    destination: String,
}

impl SignedUpResponse {
    fn of(state: &State, signed_up: SignedUp) -> Result<Self, Problem> {
        Ok(match signed_up {
            SignedUp::In(signed_in) => {
                SignedUpResponse::SignedIn(Box::new(self::signed_in(state, *signed_in)?))
            }
            SignedUp::Unconfirmed(user, delivery) => SignedUpResponse::Unconfirmed {
                user: Box::new(UserResponse::from(*user)),
                confirmation: ConfirmationResponse {
                    delivery: delivery.map(|delivery| DeliveryResponse {
                        medium: delivery.delivery_medium.to_ascii_lowercase(),
                        destination: delivery.destination,
                    }),
                },
            },
        })
    }
}

/// Makes a member of somebody. Where Cognito holds the password, and wants the address confirmed first, there are no tokens
/// yet.
#[utoipa::path(
    post, path = "/api/auth/signup", tag = "auth", operation_id = "sign_up",
    request_body = SignUpRequest,
    responses((status = 201, body = SignedUpResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn sign_up(
    request: HttpRequest,
    client: ClientNetwork,
    body: Json<SignUpRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    app::quotas::take_now(&state, now, &SIGN_UPS, client.as_bytes()).await?;
    let body = body.value;
    let new = NewMember {
        email: body.email,
        name: body.name.trim().to_owned(),
        age: body.age,
        gender: body.gender,
        locale: body.locale.unwrap_or_else(|| spoken(&request)),
        time_zone: body.time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
    };
    let device = device(&request);
    let signed_up = match &state.cognito {
        Some(cognito) => {
            app::cognito::sign_up(&state, cognito, now, new, &body.password, device).await?
        }
        None => {
            let account = state.passwords.create(&body.password).await?;
            let signed_in = pg::transaction(&state.pool, async |conn| {
                app::accounts::sign_up(conn, now, new, account, device).await
            });
            SignedUp::In(Box::new(signed_in.await?.into()))
        }
    };
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(SignedUpResponse::of(&state, signed_up)?))
}

/// Confirms an account. Our own accounts need none; those of an identity provider may.
#[utoipa::path(
    post, path = "/api/auth/confirm", tag = "auth", operation_id = "confirm",
    request_body = ConfirmRequest,
    responses((status = 204)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn confirm(
    body: Json<ConfirmRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    app::cognito::confirm(&state, &body.value.email, &body.value.code).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs a member in. Wrong and unknown are the same 401.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "auth", operation_id = "log_in",
    request_body = LogInRequest,
    responses((status = 200, body = SignedInResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn log_in(
    request: HttpRequest,
    client: ClientNetwork,
    body: Json<LogInRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let LogInRequest { email, password } = &body.value;
    let entering = app::accounts::log_in(&state, now, email, password, device(&request));
    let logged_in = app::quotas::sign_in(&state, now, client.as_bytes(), entering).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(signed_in(&state, logged_in)?))
}

/// The tokens of a member who is signed in, and the member.
pub(super) fn tokens(
    state: &State,
    signed_in: SignedIn,
) -> Result<(TokensResponse, User), Problem> {
    let now = state.clock.now();
    let SignedIn { user, session, theirs } = signed_in;
    let pair = match theirs {
        Some(theirs) => state.tokens.issue_beside(theirs, &user, &session, now)?,
        None => state.tokens.issue(&user, &session, now)?,
    };
    let tokens = TokensResponse {
        access_token: pair.access.expose_secret().to_owned(),
        refresh_token: pair.refresh,
        id_token: pair.id.map(|id| id.expose_secret().to_owned()),
        token_type: "Bearer",
        expires_in: pair.expires_in,
    };
    Ok((tokens, user))
}

pub(super) fn signed_in(state: &State, signed_in: SignedIn) -> Result<SignedInResponse, Problem> {
    let (tokens, user) = tokens(state, signed_in)?;
    Ok(SignedInResponse { tokens, user: user.into() })
}

/// What the client calls itself, so that members recognise where they are signed in.
pub(super) fn device(request: &HttpRequest) -> Option<String> {
    let agent = request.headers().get(USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().take(200).collect())
}

/// The first language of `Accept-Language`, else Korean.
pub(super) fn spoken(request: &HttpRequest) -> String {
    request
        .headers()
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split([',', ';']).next())
        .map(str::trim)
        .filter(|tag| tag.len() <= 16 && is_locale(tag))
        .map_or_else(|| DEFAULT_LOCALE.to_owned(), str::to_owned)
}
