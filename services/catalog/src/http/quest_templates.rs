//! The quest library: read by anybody in their language, written by admins in both.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chassis::{Document, Language};
use contracts::quest_templates::QuestTemplate;
use contracts::{Direction, Lang, Trait};
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Admin;
use problem::{Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};

use crate::app;
use crate::domain::quest_templates::{
    ANY, CATEGORIES, Draft, Filter, one_of, trait_named, trait_or_any,
};
use crate::error::Error;
use crate::state::State;

/// Which templates.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
pub(crate) struct QuestTemplatesQuery {
    /// One of the closed list.
    #[garde(inner(custom(one_of(&CATEGORIES))))]
    category: Option<String>,
    /// One of the five traits, or `any` for quests that suit anybody.
    #[garde(inner(custom(trait_or_any)))]
    r#trait: Option<String>,
    /// Words in code, title or cue, of any language and case.
    #[garde(length(chars, max = 100))]
    q: Option<String>,
    /// The `next_cursor` of the page before.
    #[garde(length(max = 16))]
    cursor: Option<String>,
    /// 1 to 100, else 20.
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "page")]
    limit: usize,
}

fn page() -> usize {
    20
}

/// A template, in one language.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestTemplateResponse<'a> {
    /// Stable, for example `E01`.
    code: &'a str,
    /// Grows by one with every change of this template.
    version: i32,
    /// One of a closed list.
    category: &'a str,
    /// The trait it practises, or `any`.
    #[serde(rename = "trait")]
    of: &'static str,
    /// Which way it leads.
    direction: Direction,
    /// 1 to 3.
    difficulty: i16,
    /// How long it takes.
    minutes: i16,
    /// The self-check items it eases.
    helps: &'a [String],
    /// The interests it suits.
    topics: &'a [String],
    /// `indoors`, `outdoors`, `either`.
    activity: &'a str,
    /// `alone`, `few`, `many`, `any`.
    social: &'a str,
    /// `slow`, `steady`, `lively`, `any`.
    pace: &'a str,
    /// What it rests on.
    evidence: &'a str,
    /// What to do.
    title: &'a str,
    /// The moment to do it.
    cue: &'a str,
}

/// A page of templates, by code.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestTemplatesResponse<'a> {
    items: Vec<QuestTemplateResponse<'a>>,
    next_cursor: Option<&'a str>,
}

impl<'a> QuestTemplateResponse<'a> {
    fn new(template: &'a QuestTemplate, lang: Lang) -> Self {
        QuestTemplateResponse {
            code: &template.code,
            version: template.version,
            category: &template.category,
            of: template.of.map_or(ANY, Trait::key),
            direction: template.direction,
            difficulty: template.difficulty,
            minutes: template.minutes,
            helps: &template.helps,
            topics: &template.topics,
            activity: &template.activity,
            social: &template.social,
            pace: &template.pace,
            evidence: &template.evidence,
            title: template.title.get(lang),
            cue: template.cue.get(lang),
        }
    }
}

pub(super) fn document(
    template: &QuestTemplate,
    lang: Lang,
) -> Result<Document, serde_json::Error> {
    Ok(Document::json(&QuestTemplateResponse::new(template, lang))?.in_language(lang))
}

/// The templates that quests are made from.
#[utoipa::path(
    get, path = "/api/quest-templates", tag = "catalog", operation_id = "list_quest_templates",
    params(
        QuestTemplatesQuery, ("lang" = Option<String>, Query),
        ("If-None-Match" = Option<String>, Header),
    ),
    responses((status = 200, body = QuestTemplatesResponse), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn list_quest_templates(
    request: HttpRequest,
    language: Language,
    query: Query<QuestTemplatesQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let QuestTemplatesQuery { category, r#trait, q, cursor, limit } = query.0;
    let filter = Filter { category, of: r#trait.as_deref().and_then(trait_named), words: q };
    let after = cursor.unwrap_or_default();
    let (documents, lang) = (state.shelf.documents()?, language.for_anybody());
    let mut asked = documents
        .library
        .items
        .iter()
        .filter(|template| template.code > after && filter.admits(template));
    let items: Vec<_> = asked
        .by_ref()
        .take(limit)
        .map(|template| QuestTemplateResponse::new(template, lang))
        .collect();
    let next_cursor = items.last().map(|last| last.code).filter(|_| asked.next().is_some());
    let page =
        Document::json(&QuestTemplatesResponse { items, next_cursor }).map_err(Error::from)?;
    Ok(page.in_language(lang).respond(&request))
}

/// One template.
#[utoipa::path(
    get, path = "/api/quest-templates/{code}", tag = "catalog", operation_id = "find_quest_template",
    params(
        ("code" = String, Path), ("lang" = Option<String>, Query),
        ("If-None-Match" = Option<String>, Header),
    ),
    responses((status = 200, body = QuestTemplateResponse), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn find_quest_template(
    request: HttpRequest,
    code: Path<String>,
    language: Language,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let documents = state.shelf.documents()?;
    let template = documents.quest_templates.get(&code.0).ok_or(Error::QuestTemplateNotFound)?;
    Ok(template.get(language.for_anybody()).respond(&request))
}

/// Adds a template, under a code that was never used.
#[utoipa::path(
    post, path = "/api/quest-templates", tag = "catalog", operation_id = "create_quest_template",
    request_body = Draft, params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = QuestTemplate)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn create_quest_template(
    _: Admin,
    once: Once,
    body: Json<Draft>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let reply = once
        .run(&state.pool, &body.bytes, async |conn| {
            let created =
                app::quest_templates::create_quest_template(conn, now, body.value).await?;
            Ok::<_, Error>(Reply::created(&created)?)
        })
        .await?;
    state.shelf.refresh_if_possible(&state.pool).await;
    Ok(reply)
}

/// Gives a template other words, as its next version. Quests already given keep theirs.
#[utoipa::path(
    put, path = "/api/quest-templates/{code}", tag = "catalog", operation_id = "replace_quest_template",
    request_body = Draft, params(("code" = String, Path)),
    responses((status = 200, body = QuestTemplate)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn replace_quest_template(
    _: Admin,
    code: Path<String>,
    body: Json<Draft>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let replaced = pg::transaction(&state.pool, async |conn| {
        app::quest_templates::replace_quest_template(conn, now, &code.0, body.value).await
    })
    .await?;
    state.shelf.refresh_if_possible(&state.pool).await;
    Ok(HttpResponse::Ok().json(replaced))
}

/// Withdraws a template: it is no longer given. Its code is never used again.
#[utoipa::path(
    delete, path = "/api/quest-templates/{code}", tag = "catalog", operation_id = "delete_quest_template",
    params(("code" = String, Path)),
    responses((status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("role:admin")))
)]
pub(crate) async fn delete_quest_template(
    _: Admin,
    code: Path<String>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    pg::transaction(&state.pool, async |conn| {
        app::quest_templates::delete_quest_template(conn, now, &code.0).await
    })
    .await?;
    state.shelf.refresh_if_possible(&state.pool).await;
    Ok(HttpResponse::NoContent().finish())
}
