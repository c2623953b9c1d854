//! The questions of a test, as members see them: without keys.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chassis::{Document, Language};
use contracts::Lang;
use contracts::instruments::Instrument;
use garde::Validate;
use problem::{FieldError, Problem, Query};
use serde::{Deserialize, Serialize};

use crate::state::State;

/// Which test.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
pub(crate) struct QuestionsQuery {
    /// `mini-ipip-20` (else this one) or `ipip-bfm-50`.
    #[garde(skip)]
    #[serde(default = "shortest")]
    instrument: String,
}

fn shortest() -> String {
    "mini-ipip-20".to_owned()
}

/// A test's questions.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionsResponse<'a> {
    /// `mini-ipip-20` or `ipip-bfm-50`.
    instrument: &'a str,
    /// Grows by one with every change.
    version: i32,
    /// The language of the words.
    lang: Lang,
    /// What can be answered.
    scale: Vec<ScalePointResponse<'a>>,
    /// In the order in which they are asked.
    items: Vec<QuestionResponse<'a>>,
}

/// One answer of the scale.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ScalePointResponse<'a> {
    /// 1 to 5.
    value: i16,
    /// What it says.
    label: &'a str,
}

/// One statement.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionResponse<'a> {
    /// The item's number in the 50, the same in the 20: answers carry over.
    id: i16,
    /// From 1, without gaps.
    position: i16,
    /// What it says.
    text: &'a str,
}

pub(super) fn document(instrument: &Instrument, lang: Lang) -> Result<Document, serde_json::Error> {
    let scale = instrument
        .scale
        .iter()
        .map(|point| ScalePointResponse { value: point.value, label: point.label.get(lang) });
    let items = (1..).zip(&instrument.items).map(|(position, item)| QuestionResponse {
        id: item.id,
        position,
        text: item.text.get(lang),
    });
    let questions = QuestionsResponse {
        instrument: &instrument.key,
        version: instrument.version,
        lang,
        scale: scale.collect(),
        items: items.collect(),
    };
    Ok(Document::json(&questions)?.in_language(lang))
}

/// The questions of a test, without keys.
#[utoipa::path(
    get, path = "/api/psy-test/questions", tag = "catalog", operation_id = "list_questions",
    params(QuestionsQuery, ("lang" = Option<String>, Query), ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, body = QuestionsResponse), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn list_questions(
    request: HttpRequest,
    language: Language,
    query: Query<QuestionsQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let documents = state.shelf.documents()?;
    let Some(questions) = documents.questions.get(&query.0.instrument) else {
        let mut known: Vec<&str> = documents.questions.keys().map(String::as_str).collect();
        known.sort_unstable();
        let rule = format!("must be one of: {}", known.join(" "));
        return Err(Problem::invalid([FieldError::new("/instrument", rule)]));
    };
    Ok(questions.get(language.for_anybody()).respond(&request))
}
