//! The streak, explained.

use actix_web::HttpResponse;
use actix_web::web::Data;
use chassis::Language;
use identity::Caller;
use jiff::civil::Date;
use problem::Problem;
use serde::Serialize;

use super::home::StreakSummary;
use super::language::language_of;
use crate::app;
use crate::domain::streak::{DayKind, StreakDay, shown};
use crate::error::Error;
use crate::state::State;

/// A streak and why it is what it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct StreakResponse {
    #[serde(flatten)]
    summary: StreakSummary,
    /// Why it is what it is.
    why: String,
    /// The days it is made of, oldest first: those since it began, a fortnight at least and a year at most.
    days: Vec<StreakDayResponse>,
}

/// A day of a streak.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct StreakDayResponse {
    #[schema(value_type = String, format = Date)]
    date: Date,
    kind: DayKind,
    /// What it was, in words.
    text: String,
    /// The streak after it.
    streak: i32,
    /// Freezes held after it.
    freezes: i32,
}

/// The streak, the days it is made of, and why it is what it is.
#[utoipa::path(
    get, path = "/api/quests/streak", tag = "quest", operation_id = "find_streak",
    params(("lang" = Option<String>, Query)),
    responses((status = 200, body = StreakResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_streak(
    caller: Caller,
    language: Language,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let days = app::streak::explain(&mut conn, state.clock.now(), caller.user_id).await?;
    let lang = language_of(&mut conn, language, caller.user_id).await?;
    let standing = days.last().map(|day| day.standing).unwrap_or_default();
    let response = |day: &StreakDay| StreakDayResponse {
        date: day.date,
        kind: day.kind,
        text: state.texts.streak_day(day, lang),
        streak: day.standing.current,
        freezes: day.standing.freezes,
    };
    let (own, shown) = shown(&days);
    Ok(HttpResponse::Ok().json(StreakResponse {
        summary: StreakSummary::new(&standing, &state.texts, lang),
        why: state.texts.streak_why(own, lang),
        days: shown.iter().map(response).collect(),
    }))
}
