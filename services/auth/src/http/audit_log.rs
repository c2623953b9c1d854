//! Who did what, for admins to read. Nobody writes it from here, and nobody changes it.

use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use identity::Admin;
use jiff::Timestamp;
use problem::{Problem, Query};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::audit::{Entry, Search};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// Which entries; what is left out does not narrow it.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditLogQuery {
    /// To whom or what it was done: an id.
    #[garde(inner(length(max = 100)))]
    subject: Option<String>,
    /// Who did it: a member's id, `shell`, or the name of a rule.
    #[garde(inner(length(max = 100)))]
    actor: Option<String>,
    /// What was done, such as `role.granted`.
    #[garde(inner(length(max = 100)))]
    action: Option<String>,
    /// The `next_cursor` of the page before.
    #[garde(skip)]
    cursor: Option<Uuid>,
    /// How many at most, 1 to 100.
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "page")]
    #[param(minimum = 1, maximum = 100)]
    limit: i64,
}

fn page() -> i64 {
    50
}

/// Who did it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ActorResponse {
    /// `member`, `operator` or `rule`.
    kind: String,
    /// The member's id, `shell`, or the rule's name.
    id: String,
}

/// That somebody did something.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AuditEntryResponse {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    actor: ActorResponse,
    /// Such as `role.granted`.
    action: String,
    /// An id.
    subject: String,
    /// What there is to say besides, such as `{"role": "admin"}`.
    detail: Value,
}

/// A page of the audit log, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AuditLogResponse {
    items: Vec<AuditEntryResponse>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<Uuid>,
}

impl From<Entry> for AuditEntryResponse {
    fn from(entry: Entry) -> Self {
        let Entry { id, at, actor_kind, actor, action, subject, detail } = entry;
        let actor = ActorResponse { kind: actor_kind, id: actor };
        AuditEntryResponse { id, at, actor, action, subject, detail }
    }
}

/// Who did what to which id, newest first.
#[utoipa::path(
    get, path = "/api/audit-log", tag = "auth", operation_id = "list_audit_log",
    params(AuditLogQuery),
    responses((status = 200, body = AuditLogResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn list_audit_log(
    _: Admin,
    query: Query<AuditLogQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let AuditLogQuery { subject, actor, action, cursor, limit } = query.0;
    let search = Search { subject, actor, action, after: cursor };
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let found = store::audit_log::list(&mut conn, &search, limit + 1).await;
    let mut found = found.map_err(Error::from)?;
    let asked_for = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > asked_for;
    found.truncate(asked_for);
    let next_cursor = found.last().filter(|_| more).map(|last| last.id);
    let items = found.into_iter().map(AuditEntryResponse::from).collect();
    Ok(HttpResponse::Ok().json(AuditLogResponse { items, next_cursor }))
}
