//! When a member's day begins.

use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use identity::Caller;
use jiff::Timestamp;
use jiff::civil::Date;
use problem::{Json, Problem};
use serde::{Deserialize, Serialize};

use crate::app;
use crate::domain::day::{Calendar, LATEST_START_HOUR};
use crate::state::State;

/// When a day is to begin.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateDayRequest {
    /// The local hour, 0 to 12.
    #[garde(range(min = 0, max = LATEST_START_HOUR))]
    #[schema(minimum = 0, maximum = 12)]
    start_hour: i8,
}

/// The day that runs, and by which rule the next ones will.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DayResponse {
    /// The date that runs.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// The local hour at which the days after it begin.
    start_hour: i8,
    /// The IANA zone by which they are reckoned.
    time_zone: String,
}

impl DayResponse {
    fn new(calendar: &Calendar, now: Timestamp) -> Self {
        let (day, rule) = (calendar.day_at(now), calendar.wanted_rule());
        DayResponse {
            date: day.date,
            ends_at: day.ends_at,
            start_hour: rule.start_hour,
            time_zone: rule.zone_name().to_owned(),
        }
    }
}

/// Lets the day begin at another hour, from the end of the running day on.
#[utoipa::path(
    put, path = "/api/quests/day", tag = "quest", operation_id = "update_day",
    request_body = UpdateDayRequest,
    responses((status = 200, body = DayResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn update_day(
    caller: Caller,
    body: Json<UpdateDayRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let start_hour = body.value.start_hour;
    let change = pg::transaction(&state.pool, async |conn| {
        app::calendars::change_start_hour(conn, now, caller.user_id, start_hour).await
    });
    let calendar = pg::in_turn(caller.user_id.0, change).await?;
    Ok(HttpResponse::Ok().json(DayResponse::new(&calendar, now)))
}
