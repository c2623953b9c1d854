//! The member themselves.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use contracts::UserId;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use problem::{Json, Problem};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use super::rules;
use crate::app;
use crate::app::users::Changes;
use crate::domain::users::{OLDEST, User, YOUNGEST};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A member, as they see themselves.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UserResponse {
    id: UserId,
    email: String,
    /// Whether they have proved that the address is theirs.
    email_verified: bool,
    name: String,
    age: Option<i32>,
    gender: Option<String>,
    roles: Vec<String>,
    /// BCP 47 tag.
    locale: String,
    /// IANA zone.
    time_zone: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_login_at: Option<Timestamp>,
}

impl From<User> for UserResponse {
    fn from(user: User) -> Self {
        UserResponse {
            id: user.id,
            email: user.email,
            email_verified: user.email_verified_at.is_some(),
            name: user.name,
            age: user.age,
            gender: user.gender,
            roles: user.roles,
            locale: user.locale,
            time_zone: user.time_zone,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login_at: user.last_login_at,
        }
    }
}

/// What a member changes of themselves; what is left out stays. `age` and `gender` can be taken back with null.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMeRequest {
    #[garde(inner(custom(rules::name)))]
    name: Option<String>,
    #[garde(inner(inner(range(min = YOUNGEST, max = OLDEST))))]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    age: Option<Option<i32>>,
    #[garde(inner(inner(length(chars, min = 1, max = 20))))]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    gender: Option<Option<String>>,
    #[garde(inner(custom(rules::locale)))]
    locale: Option<String>,
    #[garde(inner(custom(rules::time_zone)))]
    time_zone: Option<String>,
}

/// A new password, and the one it replaces.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordRequest {
    #[garde(skip)]
    #[schema(value_type = String)]
    current: SecretString,
    #[garde(custom(rules::password))]
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    new: SecretString,
}

/// The member. Who comes with a token of the identity provider's for the first time is made one.
#[utoipa::path(
    get, path = "/api/auth/me", tag = "auth", operation_id = "find_me",
    responses((status = 200, body = UserResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_me(
    request: HttpRequest,
    caller: Caller,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let user = state.pool.read(async |conn| store::users::find(conn, caller.user_id).await);
    let user = match (user.await.map_err(Error::from)?, bearer(&request)) {
        (Some(user), _) => user,
        (None, Some(token)) => {
            app::cognito::meet(&state, state.clock.now(), caller.user_id, &token).await?
        }
        (None, None) => return Err(Error::UserNotFound.into()),
    };
    Ok(HttpResponse::Ok().json(UserResponse::from(user)))
}

/// The member's access token, which the gateway passes on here alone: Cognito is asked by it whose it is.
fn bearer(request: &HttpRequest) -> Option<SecretString> {
    let (_scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some(token.trim().into())
}

/// Changes the member.
#[utoipa::path(
    patch, path = "/api/auth/me", tag = "auth", operation_id = "update_me",
    request_body = UpdateMeRequest,
    responses((status = 200, body = UserResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn update_me(
    caller: Caller,
    body: Json<UpdateMeRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let UpdateMeRequest { name, age, gender, locale, time_zone } = body.value;
    let changes =
        Changes { name: name.map(|name| name.trim().to_owned()), age, gender, locale, time_zone };
    let user = pg::transaction(&state.pool, async |conn| {
        app::users::update_me(conn, now, caller.user_id, changes).await
    })
    .await?;
    Ok(HttpResponse::Ok().json(UserResponse::from(user)))
}

/// Changes the password; ends the other sessions.
#[utoipa::path(
    post, path = "/api/auth/password", tag = "auth", operation_id = "change_password",
    request_body = ChangePasswordRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn change_password(
    caller: Caller,
    once: Once,
    body: Json<ChangePasswordRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let ChangePasswordRequest { current, new } = &body.value;
    let who = (caller.user_id, caller.session_id);
    let change = app::passwords::prepare_change(&state, now, who, current, new).await?;
    // Not for an answer that is only given again: a client whose first answer was lost asks with what was right then.
    let mut refused = false;
    let answer = once
        .run(&state.pool, &body.bytes, async |conn| {
            let changed = app::passwords::change(conn, now, caller.session_id, &change).await;
            refused = matches!(changed, Err(Error::WrongPassword));
            changed.map(|()| Reply::no_content())
        })
        .await;
    if refused {
        change.proof.count_refused(&state, now).await?;
    }
    answer
}

/// Tells `null` (some of none) from left out (none).
fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
