//! The whole route table of quest, and its OpenAPI document.

use actix_web::web::{ServiceConfig, resource};
use member_data::export;

use crate::http::{days, goals, history, home, pauses, quests, streak};
use crate::state::State;

/// Every route. They are tried in this order, and a pattern costs a microsecond: plain paths come first.
pub(crate) fn routes(app: &mut ServiceConfig) {
    app.service(resource("/api/home").get(home::find_home))
        .service(resource("/api/quests").get(quests::list_quests))
        .service(resource("/api/quests/streak").get(streak::find_streak))
        .service(resource("/api/quests/goal").get(goals::find_goal).put(goals::update_goal))
        .service(
            resource("/api/quests/pause").post(pauses::create_pause).delete(pauses::delete_pause),
        )
        .service(resource("/api/quests/day").put(days::update_day))
        .service(resource("/api/quest-history").get(history::list_quest_history))
        .service(resource("/api/quests/{id}").get(quests::find_quest))
        .service(resource("/api/quests/{id}/complete").post(quests::complete_quest))
        .service(resource("/api/quests/{id}/skip").post(quests::skip_quest))
        .service(resource("/api/quests/{id}/undo").post(quests::undo_quest))
        .service(resource("/int/quest/members/{id}/export").get(export::<State>));
}

/// What clients may rely on.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    home::find_home,
    quests::list_quests,
    streak::find_streak,
    goals::find_goal,
    goals::update_goal,
    pauses::create_pause,
    pauses::delete_pause,
    days::update_day,
    quests::find_quest,
    quests::complete_quest,
    quests::skip_quest,
    quests::undo_quest,
    history::list_quest_history,
))]
pub(crate) struct ApiDoc;
