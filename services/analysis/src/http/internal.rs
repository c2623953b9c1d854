//! What other services ask of analysis.

use actix_web::HttpResponse;
use actix_web::web::Data;
use contracts::UserId;
use contracts::events::AnalysisCompleted;
use contracts::snapshots::Page;
use garde::Validate;
use identity::ServiceCaller;
use problem::{Problem, Query};
use serde::Deserialize;

use crate::error::Error;
use crate::state::State;
use crate::store;

#[derive(Debug, Deserialize, Validate)]
pub(crate) struct HoldsQuery {
    #[garde(skip)]
    after: Option<UserId>,
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "page")]
    limit: i64,
}

fn page() -> i64 {
    500
}

/// `GET /int/analysis/holds?after=&limit=`: what holds for each member who has a result, for a service that starts late.
pub(crate) async fn list_holds(
    service: ServiceCaller,
    query: Query<HoldsQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&["quest"])?;
    let HoldsQuery { after, limit } = query.0;
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let holding = store::results::list_holding(&mut conn, after, limit).await;
    let items: Vec<AnalysisCompleted> = holding
        .map_err(Error::from)?
        .into_iter()
        .map(|(user_id, result)| AnalysisCompleted { user_id, holds: result.tendencies() })
        .collect();
    let full = i64::try_from(items.len()) == Ok(limit);
    let next = items.last().filter(|_| full).map(|item| item.user_id);
    Ok(HttpResponse::Ok().json(Page { items, next }))
}
