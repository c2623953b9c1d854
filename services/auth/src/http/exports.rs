//! Everything of a member, to take along.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use futures_util::stream;
use identity::Caller;
use problem::Problem;

use super::archive::Archive;
use crate::app::exports::Export;
use crate::error::Error;
use crate::state::State;

/// Everything that every service holds of the member: a zip of one JSON file for each service, and a manifest. It is
/// whole, or none: a service that is away is named by a 503; one that goes away later breaks the answer off.
#[utoipa::path(
    get, path = "/api/auth/me/export", tag = "auth", operation_id = "export_me",
    responses((status = 200, content_type = "application/zip")),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn export_me(caller: Caller, state: Data<State>) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let export = Export::open(&state, now, caller.user_id).await?;
    let archive = Archive::new(export.user_id, export.begun_at);
    let pieces = stream::try_unfold(Some((export, archive)), move |left| {
        let state = state.clone();
        async move {
            let Some((mut export, mut archive)) = left else { return Ok(None) };
            let Some(told) = export.next(&state).await? else {
                let rest = archive.finish().map_err(Error::internal)?;
                return Ok::<_, Problem>(Some((rest, None)));
            };
            let piece = archive.add(told).map_err(Error::internal)?;
            Ok(Some((piece, Some((export, archive)))))
        }
    });
    let name = format!("attachment; filename=\"damacorch-{}.zip\"", now.strftime("%Y-%m-%d"));
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(pieces))
}
