//! What a member was given so far.

use actix_web::HttpResponse;
use actix_web::web::Data;
use chassis::Language;
use garde::Validate;
use identity::Caller;
use jiff::civil::Date;
use problem::{Problem, Query};
use serde::{Deserialize, Serialize};

use super::language::language_of;
use super::quests::QuestResponse;
use super::rules::{is_of_our_era, unless_empty};
use crate::domain::history::{Place, Search};
use crate::domain::quests::Status;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// What to look for; what is left out, or empty, does not narrow it.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// The first date.
    #[garde(inner(custom(is_of_our_era)))]
    #[serde(default, deserialize_with = "unless_empty")]
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last date.
    #[garde(custom(not_before(self.from)), inner(custom(is_of_our_era)))]
    #[serde(default, deserialize_with = "unless_empty")]
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// What has become of it.
    #[garde(skip)]
    #[serde(default, deserialize_with = "unless_empty")]
    status: Option<Status>,
    /// A part of the title, in either language.
    #[garde(inner(length(chars, max = 100)))]
    #[serde(default, deserialize_with = "unless_empty")]
    #[param(max_length = 100)]
    q: Option<String>,
    /// The `next_cursor` of the page before.
    #[garde(inner(custom(is_place)))]
    #[serde(default, deserialize_with = "unless_empty")]
    cursor: Option<String>,
    /// How many at most, 1 to 100.
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "page")]
    #[param(minimum = 1, maximum = 100)]
    limit: i64,
}

fn page() -> i64 {
    30
}

fn not_before(from: Option<Date>) -> impl FnOnce(&Option<Date>, &()) -> garde::Result {
    move |to, ()| match (from, to) {
        (Some(from), Some(to)) if *to < from => Err(garde::Error::new("must not be before from")),
        _ => Ok(()),
    }
}

fn is_place(value: &str, _: &()) -> garde::Result {
    value.parse::<Place>().map(drop).map_err(garde::Error::new)
}

/// A page of the history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct HistoryResponse {
    items: Vec<QuestResponse>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// What the member was given so far, newest first.
#[utoipa::path(
    get, path = "/api/quest-history", tag = "quest", operation_id = "list_quest_history",
    params(HistoryQuery, ("lang" = Option<String>, Query)),
    responses((status = 200, body = HistoryResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn list_quest_history(
    caller: Caller,
    language: Language,
    query: Query<HistoryQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let HistoryQuery { from, to, status, q, cursor, limit } = query.0;
    let search = Search {
        from,
        until: to,
        status,
        words: q,
        after: cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    // One more than asked for tells whether there is a next page.
    let found = store::quests::search(&mut conn, caller.user_id, &search, limit + 1).await;
    let mut quests = found.map_err(Error::from)?;
    let lang = language_of(&mut conn, language, caller.user_id).await?;
    let asked_for = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = quests.len() > asked_for;
    quests.truncate(asked_for);
    let last = quests.last().filter(|_| more);
    let next_cursor = last.map(|quest| Place { date: quest.date, slot: quest.slot }.to_string());
    let items = QuestResponse::list(quests, &state.texts, lang);
    Ok(HttpResponse::Ok().json(HistoryResponse { items, next_cursor }))
}
