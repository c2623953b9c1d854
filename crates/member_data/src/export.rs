//! `GET /int/<service>/members/{id}/export?after=&limit=`: what the service holds of a member, for their archive.

use actix_web::HttpResponse;
use actix_web::web::Data;
use contracts::UserId;
use contracts::exports::ExportPage;
use garde::Validate;
use identity::ServiceCaller;
use pg::Pool;
use problem::{Path, Problem, Query};
use serde::Deserialize;

use crate::{Place, Table, page};

/// The state of a service that holds something of members.
pub trait Holder: Send + Sync + 'static {
    /// All that it holds.
    const TABLES: &'static [Table];

    /// Where that is.
    fn pool(&self) -> &Pool;
}

/// Which page is asked for.
#[derive(Debug, Deserialize, Validate)]
pub struct ExportQuery {
    /// The `next` of the page before; none for the first one.
    #[garde(skip)]
    pub after: Option<Place>,
    /// How many rows, of all tables together.
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "limit")]
    pub limit: i64,
}

/// The largest rows, quest's offers, have some kilobytes.
fn limit() -> i64 {
    100
}

impl Default for ExportQuery {
    fn default() -> Self {
        ExportQuery { after: None, limit: limit() }
    }
}

/// Answers auth, and nobody else.
pub async fn export<S: Holder>(
    service: ServiceCaller,
    id: Path<UserId>,
    query: Query<ExportQuery>,
    state: Data<S>,
) -> Result<HttpResponse, Problem> {
    service.require(&["auth"])?;
    let told = tell(state.get_ref(), id.0, &query.0).await;
    told.map(|page| HttpResponse::Ok().json(page)).map_err(|error| match error {
        pg::Error::Unavailable(_) => Problem::unavailable(1),
        pg::Error::Query(_) => Problem::internal(&error),
    })
}

async fn tell<S: Holder>(
    state: &S,
    user_id: UserId,
    query: &ExportQuery,
) -> Result<ExportPage, pg::Error> {
    let mut conn = state.pool().get().await?;
    Ok(page(&mut conn, S::TABLES, user_id, query).await?)
}
