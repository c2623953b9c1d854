//! The daily self-check. `response.rs` says what it looks like.

mod response;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use chassis::Language;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use jiff::civil::Date;
use problem::{Json, Problem};
use serde::Deserialize;

use self::response::{PreferencesBody, SelfCheckResponse, SubmittedResponse};
use crate::app;
use crate::domain::self_checks::{PerItem, SelfCheck, local_date};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// How a member is today. Each rating 0 to 10.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitSelfCheckRequest {
    #[garde(range(min = 0, max = 10))]
    mood: i16,
    #[garde(range(min = 0, max = 10))]
    energy: i16,
    /// More is worse.
    #[garde(range(min = 0, max = 10))]
    stress: i16,
    #[garde(range(min = 0, max = 10))]
    sleep: i16,
    #[garde(range(min = 0, max = 10))]
    focus: i16,
    #[garde(range(min = 0, max = 10))]
    relationships: i16,
    /// 0 to 24.
    #[garde(inner(range(min = 0.0, max = 24.0)))]
    sleep_hours: Option<f64>,
    /// At most 500 characters.
    #[garde(inner(custom(readable)))]
    note: Option<String>,
    /// What the member prefers; each may be left out.
    #[garde(skip)]
    preferences: Option<PreferencesBody>,
}

impl SubmitSelfCheckRequest {
    fn into_entry(self, date: Date, now: Timestamp) -> SelfCheck {
        SelfCheck {
            date,
            ratings: PerItem {
                mood: self.mood,
                energy: self.energy,
                stress: self.stress,
                sleep: self.sleep,
                focus: self.focus,
                relationships: self.relationships,
            },
            sleep_hours: self.sleep_hours,
            note: self.note,
            told: self.preferences.unwrap_or_default().into(),
            updated_at: now,
        }
    }
}

/// Text of a few lines.
fn readable(value: &str, _: &()) -> garde::Result {
    if value.chars().count() > 500 {
        return Err(garde::Error::new("must have at most 500 characters"));
    }
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(garde::Error::new("must not have control characters"));
    }
    Ok(())
}

/// The day's self-check.
#[utoipa::path(
    get, path = "/api/self-check", tag = "analysis", operation_id = "find_self_check",
    params(("lang" = Option<String>, Query)),
    responses((status = 200, body = SelfCheckResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_self_check(
    caller: Caller,
    language: Language,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let member = store::members::find(&conn, caller.user_id).await.map_err(Error::from)?;
    let (locale, time_zone) = member.unzip();
    let lang = language.for_locale(locale.as_deref());
    let today = local_date(state.clock.now(), time_zone.as_deref());
    let recent = app::self_checks::recent_days(&mut conn, caller.user_id, today).await?;
    let response = SelfCheckResponse::new(&state.references, lang, today, &recent)?;
    Ok(HttpResponse::Ok().json(response))
}

/// Keeps the day's self-check (201), in the place of an earlier one of the same local date (200).
#[utoipa::path(
    post, path = "/api/self-check/submit", tag = "analysis", operation_id = "submit_self_check",
    request_body = SubmitSelfCheckRequest,
    params(("lang" = Option<String>, Query), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = SubmittedResponse), (status = 200, body = SubmittedResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn submit_self_check(
    caller: Caller,
    language: Language,
    once: Once,
    body: Json<SubmitSelfCheckRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let (now, user_id) = (state.clock.now(), caller.user_id);
    once.run(&state.pool, &body.bytes, async |conn| {
        let member = store::members::find(conn, user_id).await?;
        let (locale, time_zone) = member.unzip();
        let lang = language.for_locale(locale.as_deref());
        let entry = body.value.into_entry(local_date(now, time_zone.as_deref()), now);
        let submitted = app::self_checks::submit_self_check(conn, user_id, &entry).await?;
        let response =
            SubmittedResponse::new(&state.references, lang, &entry, submitted.is_low_mood)?;
        let status = if submitted.is_first { StatusCode::CREATED } else { StatusCode::OK };
        Ok::<_, Error>(Reply::json(status, &response)?)
    })
    .await
}
