//! What other services ask of sns.

use actix_web::HttpResponse;
use actix_web::web::Data;
use contracts::UserId;
use identity::ServiceCaller;
use member_data::ExportQuery;
use problem::{Path, Problem, Query};
use uuid::Uuid;

use crate::error::Error;
use crate::state::State;
use crate::store::member_data::TABLES;

/// `GET /int/sns/members/{id}/export?after=&limit=`: what is held of a member, for their archive.
pub(crate) async fn export_member(
    service: ServiceCaller,
    id: Path<Uuid>,
    query: Query<ExportQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&["auth"])?;
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let page = member_data::page(&mut conn, TABLES, UserId(id.0), &query.0).await;
    Ok(HttpResponse::Ok().json(page.map_err(Error::from)?))
}
