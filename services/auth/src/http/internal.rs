//! What other services ask of auth.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use contracts::UserId;
use contracts::snapshots::Page;
use garde::Validate;
use identity::{GATEWAY, Refusal, ServiceCaller};
use jiff::Timestamp;
use problem::{Json, Problem, Query};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::revocations::Place;
use crate::error::Error;
use crate::state::State;
use crate::store;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyRequest {
    #[garde(skip)]
    token: SecretString,
}

#[derive(Debug, Default, Serialize)]
struct VerifyResponse {
    active: bool,
    user_id: Option<UserId>,
    roles: Vec<String>,
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize, Validate)]
pub(crate) struct RevocationsQuery {
    #[garde(skip)]
    after: Option<Place>,
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "revocations_page")]
    limit: i64,
}

#[derive(Debug, Serialize)]
struct RevocationResponse {
    sid: Uuid,
    until: Timestamp,
}

#[derive(Debug, Serialize)]
struct RevocationsResponse {
    items: Vec<RevocationResponse>,
    /// The names of all keys that were revoked.
    keys: Vec<String>,
    /// What to pass as `after`.
    next: String,
    /// Whether there is more to tell at once.
    more: bool,
}

#[derive(Debug, Deserialize, Validate)]
pub(crate) struct MembersQuery {
    #[garde(skip)]
    after: Option<UserId>,
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "page")]
    limit: i64,
}

fn page() -> i64 {
    500
}

fn revocations_page() -> i64 {
    1000
}

/// The public keys of our tokens (RFC 7517).
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "auth", operation_id = "jwks",
    responses((status = 200), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn jwks(
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    Ok(state.tokens.ring()?.jwks.respond(&request))
}

/// `POST /int/auth/verify`: whether a token is good, for a service that was given one (RFC 7662 in spirit).
pub(crate) async fn verify(
    service: ServiceCaller,
    body: Json<VerifyRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&["catalog", "analysis", "quest", "sns"])?;
    let now = state.clock.now();
    let token = body.value.token.expose_secret();
    let ours = state.tokens.ring()?.verifier.verify(token, now).await;
    let believed = match (ours, &state.cognito) {
        (Err(Refusal::UnknownIssuer), Some(cognito)) => cognito.verifier.verify(token, now).await,
        (outcome, _) => outcome,
    };
    let Ok(token) = believed else {
        return Ok(HttpResponse::Ok().json(VerifyResponse::default()));
    };
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let session_id = token.session_id().unwrap_or_default();
    let revoked = store::revocations::exists(&mut conn, session_id).await.map_err(Error::from)?;
    if revoked {
        return Ok(HttpResponse::Ok().json(VerifyResponse::default()));
    }
    Ok(HttpResponse::Ok().json(VerifyResponse {
        active: true,
        user_id: Some(token.user_id()),
        roles: token.roles().iter().map(str::to_owned).collect(),
        expires_at: Timestamp::from_second(token.expires_at()).ok(),
    }))
}

/// `GET /int/auth/revocations?after=&limit=`: sessions whose access tokens are refused, and until when; without `after`
/// from the first. Rows may be told twice, never missed. Revoked keys are few, and told each time.
pub(crate) async fn list_revocations(
    service: ServiceCaller,
    query: Query<RevocationsQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&[GATEWAY])?;
    let now = state.clock.now();
    let RevocationsQuery { after, limit } = query.0;
    let after = after.unwrap_or(Place::Between(0));
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let next = match after {
        Place::Within { next, .. } => next,
        // Before the rows: what commits between the two is told now and again.
        Place::Between(_) => store::revocations::horizon(&mut conn).await.map_err(Error::from)?,
    };
    let rows = store::revocations::list(&mut conn, after.told(), now, limit).await;
    let rows = rows.map_err(Error::from)?;
    let keys = store::signing_keys::list_revoked(&mut conn).await.map_err(Error::from)?;
    let last = rows.last().filter(|_| i64::try_from(rows.len()) == Ok(limit));
    let place = last.map_or(Place::Between(next), |row| Place::Within {
        next,
        told: (row.transaction, row.session_id),
    });
    let item = |row: &store::revocations::Revocation| RevocationResponse {
        sid: row.session_id,
        until: row.until,
    };
    Ok(HttpResponse::Ok().json(RevocationsResponse {
        items: rows.iter().map(item).collect(),
        keys,
        next: place.to_string(),
        more: last.is_some(),
    }))
}

/// `GET /int/auth/members?after=&limit=`: all members, for a service that starts late.
pub(crate) async fn list_members(
    service: ServiceCaller,
    query: Query<MembersQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&["analysis", "quest", "sns"])?;
    let MembersQuery { after, limit } = query.0;
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let items = store::members::list_members(&mut conn, after, limit).await.map_err(Error::from)?;
    let full = i64::try_from(items.len()) == Ok(limit);
    let next = items.last().filter(|_| full).map(|member| member.user_id);
    Ok(HttpResponse::Ok().json(Page { items, next }))
}
