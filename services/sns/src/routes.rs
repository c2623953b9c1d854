//! The whole route table of sns, and its OpenAPI document.

use actix_web::web::{ServiceConfig, resource};
use member_data::export;

use crate::http::{accounts, channels, deletions, imports, oauth};
use crate::state::State;

/// Every route. They are tried in this order.
pub(crate) fn routes(app: &mut ServiceConfig) {
    app.service(resource("/api/sns/channels").get(channels::list_channels))
        .service(
            resource("/api/me/sns-accounts")
                .get(accounts::list_accounts)
                .post(accounts::connect_account),
        )
        .service(resource("/api/me/sns-accounts/{id}").delete(accounts::disconnect_account))
        .service(resource("/api/sns/oauth/{channel}/start").get(oauth::begin))
        .service(resource("/api/sns/oauth/{channel}/callback").get(oauth::come_back))
        .service(resource("/api/sns/oauth/{channel}/deletion").post(deletions::delete))
        .service(resource("/api/sns/deletions/{code}").get(deletions::find))
        .service(resource("/api/sns/import").post(imports::request_import))
        .service(resource("/api/sns/imports/{id}").get(imports::find_import))
        .service(resource("/int/sns/members/{id}/export").get(export::<State>));
}

/// What clients may rely on.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    channels::list_channels,
    accounts::list_accounts,
    accounts::connect_account,
    accounts::disconnect_account,
    oauth::begin,
    oauth::come_back,
    deletions::delete,
    deletions::find,
    imports::request_import,
    imports::find_import,
))]
pub(crate) struct ApiDoc;
