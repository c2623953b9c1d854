//! What clients show around the product.

use actix_web::http::header::ETAG;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chassis::Document;
use identity::Admin;
use problem::{Json, Problem};

use crate::app;
use crate::domain::app_settings::AppSettings;
use crate::error::Error;
use crate::state::State;

/// The settings, public, with an ETag.
#[utoipa::path(
    get, path = "/api/app-settings/public", tag = "auth", operation_id = "find_app_settings",
    responses((status = 200, body = AppSettings), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn find_app_settings(
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let (_, settings) = app::app_settings::find(&mut conn).await?;
    Ok(Document::json(&settings).map_err(Error::from)?.respond(&request))
}

/// Writes the settings. With `If-Match` only over what the writer has read.
#[utoipa::path(
    put, path = "/api/app-settings", tag = "auth", operation_id = "update_app_settings",
    request_body = AppSettings,
    params(("If-Match" = Option<String>, Header)),
    responses((status = 200, body = AppSettings)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn update_app_settings(
    request: HttpRequest,
    _: Admin,
    body: Json<AppSettings>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let written = pg::transaction(&state.pool, async |conn| {
        let (version, read) = app::app_settings::find(conn).await?;
        if !Document::json(&read)?.may_be_replaced_by(&request) {
            return Err(Error::SettingsChanged);
        }
        app::app_settings::update(conn, now, &body.value, (version, read)).await
    })
    .await?;
    let document = Document::json(&written).map_err(Error::from)?;
    Ok(HttpResponse::Ok().insert_header((ETAG, document.etag().clone())).json(written))
}
