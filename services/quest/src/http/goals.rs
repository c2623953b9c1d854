//! Where a member wishes to go.

use actix_web::HttpResponse;
use actix_web::web::Data;
use contracts::{Direction, Trait};
use garde::Validate;
use identity::Caller;
use jiff::Timestamp;
use problem::{Json, Problem};
use serde::{Deserialize, Serialize};

use crate::app;
use crate::domain::goals::Goal;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// The trait and direction to grow in. Both must be there: `{"trait": null, "direction": null}` takes the goal back.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateGoalRequest {
    /// Null for no goal.
    #[garde(skip)]
    #[serde(rename = "trait", deserialize_with = "Option::deserialize")]
    #[schema(required)]
    of: Option<Trait>,
    /// More or less of it; less of emotional stability is not offered. Null for no goal.
    #[garde(skip)]
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    direction: Option<Direction>,
}

impl UpdateGoalRequest {
    fn into_goal(self) -> Result<Option<Goal>, Error> {
        let detail = "is needed beside the other, or both are null";
        match (self.of, self.direction) {
            (Some(of), Some(direction)) => Ok(Some(Goal { of, direction })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Error::WrongGoal { pointer: "/trait", detail }),
            (Some(_), None) => Err(Error::WrongGoal { pointer: "/direction", detail }),
        }
    }
}

/// The trait and direction to grow in; all null without a goal.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(crate) struct GoalResponse {
    #[serde(rename = "trait")]
    of: Option<Trait>,
    direction: Option<Direction>,
    #[schema(value_type = Option<String>, format = DateTime)]
    set_at: Option<Timestamp>,
}

impl GoalResponse {
    fn new(goal: Option<(Goal, Timestamp)>) -> Self {
        goal.map_or_else(GoalResponse::default, |(goal, set_at)| GoalResponse {
            of: Some(goal.of),
            direction: Some(goal.direction),
            set_at: Some(set_at),
        })
    }
}

/// The member's goal.
#[utoipa::path(
    get, path = "/api/quests/goal", tag = "quest", operation_id = "find_goal",
    responses((status = 200, body = GoalResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_goal(caller: Caller, state: Data<State>) -> Result<HttpResponse, Problem> {
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let goal = store::goals::find(&mut conn, caller.user_id).await.map_err(Error::from)?;
    Ok(HttpResponse::Ok().json(GoalResponse::new(goal)))
}

/// Sets the goal, or takes it back where both are null; tomorrow's quests follow it.
#[utoipa::path(
    put, path = "/api/quests/goal", tag = "quest", operation_id = "update_goal",
    request_body = UpdateGoalRequest,
    responses((status = 200, body = GoalResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn update_goal(
    caller: Caller,
    body: Json<UpdateGoalRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let goal = body.value.into_goal()?;
    let update = pg::transaction(&state.pool, async |conn| {
        app::goals::update_goal(conn, now, caller.user_id, goal).await
    });
    pg::in_turn(caller.user_id.0, update).await?;
    Ok(HttpResponse::Ok().json(GoalResponse::new(goal.map(|goal| (goal, now)))))
}
