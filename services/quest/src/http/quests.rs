//! A day's quests, and what members do with them.

use actix_web::HttpResponse;
use actix_web::web::Data;
use chassis::Language;
use contracts::Lang;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use jiff::civil::Date;
use problem::{OptionalJson, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::language::language_of;
use super::rules::{is_of_our_era, unless_empty};
use crate::app;
use crate::domain::quests::{Action, Quest, Status};
use crate::domain::texts::Texts;
use crate::error::Error;
use crate::state::State;
use crate::store;

/// Which day.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestsQuery {
    /// A local date of the member; today without it.
    #[garde(inner(custom(is_of_our_era)))]
    #[serde(default, deserialize_with = "unless_empty")]
    #[param(value_type = Option<String>, format = Date)]
    date: Option<Date>,
}

/// A body that says nothing: what is done is in the path.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoBody {}

/// One of a day's quests.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct QuestResponse {
    id: Uuid,
    /// The member's local date it was given for.
    #[schema(value_type = String, format = Date)]
    date: Date,
    template_code: String,
    template_version: i32,
    /// What to do.
    title: String,
    category: String,
    /// 1 to 3.
    difficulty: i16,
    minutes: i16,
    /// The moment to do it.
    cue: String,
    /// Why this member was given it today.
    reason: String,
    status: Status,
    /// What completing it gives.
    xp: i32,
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
}

impl QuestResponse {
    pub(super) fn new(quest: Quest, texts: &Texts, lang: Lang) -> Self {
        QuestResponse {
            id: quest.id,
            date: quest.date,
            template_code: quest.template_code,
            template_version: quest.template_version,
            title: quest.title.get(lang).clone(),
            category: quest.category,
            difficulty: quest.difficulty,
            minutes: quest.minutes,
            cue: quest.cue.get(lang).clone(),
            reason: texts.reason(&quest.reason, lang),
            status: quest.status,
            xp: quest.xp,
            completed_at: quest.completed_at,
        }
    }

    pub(super) fn list(quests: Vec<Quest>, texts: &Texts, lang: Lang) -> Vec<Self> {
        quests.into_iter().map(|quest| QuestResponse::new(quest, texts, lang)).collect()
    }
}

/// A day's quests.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct QuestsResponse {
    #[schema(value_type = String, format = Date)]
    date: Date,
    quests: Vec<QuestResponse>,
}

/// The quests of a day. The first look at today gives its three.
#[utoipa::path(
    get, path = "/api/quests", tag = "quest", operation_id = "list_quests",
    params(QuestsQuery, ("lang" = Option<String>, Query)),
    responses((status = 200, body = QuestsResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn list_quests(
    caller: Caller,
    language: Language,
    query: Query<QuestsQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let home = app::days::look(&state, now, caller.user_id).await?;
    let today = home.date(now);
    let date = query.0.date.unwrap_or(today);
    let lang = language.for_locale(home.locale.as_deref());
    let quests = if date == today {
        if !home.is_opened(now) {
            state.references.quest_templates().map_err(Error::from)?;
        }
        home.quests
    } else {
        let mut conn = state.pool.get().await.map_err(Error::from)?;
        let of_day = store::quests::list_of_day(&mut conn, caller.user_id, date).await;
        of_day.map_err(Error::from)?
    };
    let quests = QuestResponse::list(quests, &state.texts, lang);
    Ok(HttpResponse::Ok().json(QuestsResponse { date, quests }))
}

/// One quest.
#[utoipa::path(
    get, path = "/api/quests/{id}", tag = "quest", operation_id = "find_quest",
    params(("id" = Uuid, Path), ("lang" = Option<String>, Query)),
    responses((status = 200, body = QuestResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_quest(
    caller: Caller,
    language: Language,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut conn = state.pool.get().await.map_err(Error::from)?;
    let quest = store::quests::find(&conn, caller.user_id, id.0).await.map_err(Error::from)?;
    let quest = quest.ok_or(Error::QuestNotFound)?;
    let lang = language_of(&mut conn, language, caller.user_id).await?;
    Ok(HttpResponse::Ok().json(QuestResponse::new(quest, &state.texts, lang)))
}

/// Completes a quest of today: its reward is given once, however often this is asked.
#[utoipa::path(
    post, path = "/api/quests/{id}/complete", tag = "quest", operation_id = "complete_quest",
    params(("id" = Uuid, Path), ("lang" = Option<String>, Query), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = QuestResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn complete_quest(
    caller: Caller,
    once: Once,
    language: Language,
    id: Path<Uuid>,
    body: OptionalJson<NoBody>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    act_on_quest(caller, once, language, id.0, &body, &state, Action::Complete).await
}

/// Lays a quest of today aside.
#[utoipa::path(
    post, path = "/api/quests/{id}/skip", tag = "quest", operation_id = "skip_quest",
    params(("id" = Uuid, Path), ("lang" = Option<String>, Query), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = QuestResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn skip_quest(
    caller: Caller,
    once: Once,
    language: Language,
    id: Path<Uuid>,
    body: OptionalJson<NoBody>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    act_on_quest(caller, once, language, id.0, &body, &state, Action::Skip).await
}

/// Takes back that a quest was completed or skipped, on the same day; the reward goes back too.
#[utoipa::path(
    post, path = "/api/quests/{id}/undo", tag = "quest", operation_id = "undo_quest",
    params(("id" = Uuid, Path), ("lang" = Option<String>, Query), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = QuestResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn undo_quest(
    caller: Caller,
    once: Once,
    language: Language,
    id: Path<Uuid>,
    body: OptionalJson<NoBody>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    act_on_quest(caller, once, language, id.0, &body, &state, Action::Undo).await
}

async fn act_on_quest(
    Caller { user_id, .. }: Caller,
    once: Once,
    language: Language,
    id: Uuid,
    body: &OptionalJson<NoBody>,
    state: &State,
    action: Action,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    once.run(&state.pool, &body.0.bytes, async |conn| {
        // First, since what follows holds the member.
        let lang = language_of(conn, language, user_id).await?;
        let quest = app::quests::act_on_quest(conn, now, user_id, id, action).await?;
        Ok::<_, Error>(Reply::ok(&QuestResponse::new(quest, &state.texts, lang))?)
    })
    .await
}
