//! The whole route table of analysis, and its OpenAPI document.

use actix_web::web::{ServiceConfig, resource};
use member_data::export;

use crate::http::{internal, results, self_checks, sessions};
use crate::state::State;

/// Every route. They are tried in this order, and a pattern costs a microsecond: plain paths come first.
pub(crate) fn routes(app: &mut ServiceConfig) {
    app.service(resource("/api/psy-test/sessions").post(sessions::start_session))
        .service(resource("/api/psy-test/submit").post(results::submit_test))
        .service(resource("/api/analysis-results").get(results::list_results))
        .service(resource("/api/analysis-results/latest").get(results::find_latest_result))
        .service(resource("/api/self-check").get(self_checks::find_self_check))
        .service(resource("/api/self-check/submit").post(self_checks::submit_self_check))
        .service(resource("/int/analysis/holds").get(internal::list_holds))
        .service(
            resource("/api/analysis-results/{id}")
                .get(results::find_result)
                .delete(results::delete_result),
        )
        .service(resource("/api/psy-test/sessions/{id}").get(sessions::find_session))
        .service(resource("/api/psy-test/sessions/{id}/answers").put(sessions::answer_session))
        .service(resource("/int/analysis/members/{id}/export").get(export::<State>));
}

/// What clients may rely on.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    sessions::start_session,
    sessions::find_session,
    sessions::answer_session,
    results::submit_test,
    results::list_results,
    results::find_latest_result,
    results::find_result,
    results::delete_result,
    self_checks::find_self_check,
    self_checks::submit_self_check,
))]
pub(crate) struct ApiDoc;
