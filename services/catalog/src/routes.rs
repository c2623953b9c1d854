//! The whole route table of the catalog, and its OpenAPI document.

use actix_web::web::{ServiceConfig, resource};
use member_data::export;

use crate::http::{characters, internal, quest_templates, questions};
use crate::state::State;

/// Every route. They are tried in this order, and a pattern costs a microsecond: plain paths come first.
pub(crate) fn routes(app: &mut ServiceConfig) {
    app.service(resource("/api/psy-test/questions").get(questions::list_questions))
        .service(resource("/api/characters").get(characters::list_characters))
        .service(
            resource("/api/quest-templates")
                .get(quest_templates::list_quest_templates)
                .post(quest_templates::create_quest_template),
        )
        .service(resource("/int/catalog/characters").get(internal::list_characters))
        .service(resource("/int/catalog/quest-templates").get(internal::list_quest_templates))
        .service(resource("/int/catalog/result-texts").get(internal::find_result_texts))
        .service(resource("/int/catalog/self-check").get(internal::find_self_check))
        .service(resource("/int/catalog/instruments/{key}").get(internal::find_instrument))
        .service(resource("/api/characters/{key}.svg").get(characters::find_drawing))
        .service(resource("/api/characters/{key}").get(characters::find_character))
        .service(
            resource("/api/quest-templates/{code}")
                .get(quest_templates::find_quest_template)
                .put(quest_templates::replace_quest_template)
                .delete(quest_templates::delete_quest_template),
        )
        .service(resource("/int/catalog/members/{id}/export").get(export::<State>));
}

/// What clients may rely on.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    questions::list_questions,
    quest_templates::list_quest_templates,
    quest_templates::find_quest_template,
    quest_templates::create_quest_template,
    quest_templates::replace_quest_template,
    quest_templates::delete_quest_template,
    characters::list_characters,
    characters::find_character,
    characters::find_drawing,
))]
pub(crate) struct ApiDoc;
