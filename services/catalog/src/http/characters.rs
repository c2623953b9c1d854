//! The characters and their drawings.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chassis::{Document, Language};
use contracts::Lang;
use contracts::characters::Character;
use problem::{Path, Problem};
use serde::Serialize;

use crate::error::Error;
use crate::state::State;

/// A drawing seldom changes: who has it need not ask for an hour.
const DRAWING_SECONDS: u32 = 3600;

/// A character, in one language.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CharacterResponse<'a> {
    /// `explorer`, …, `balanced`.
    key: &'a str,
    /// The character's name.
    name: &'a str,
    /// One line.
    tagline: &'a str,
    /// A paragraph.
    description: &'a str,
    /// What they bring.
    strengths: &'a [String],
    /// What helps them grow.
    growth: &'a [String],
    /// The main colours of the figure and of the ground.
    colors: &'a [String],
    /// The drawing.
    image_url: String,
}

/// All characters.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CharactersResponse<'a> {
    /// The balanced one comes last.
    items: Vec<CharacterResponse<'a>>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

impl<'a> CharacterResponse<'a> {
    fn new(character: &'a Character, lang: Lang) -> Self {
        CharacterResponse {
            key: &character.key,
            name: character.name.get(lang),
            tagline: character.tagline.get(lang),
            description: character.description.get(lang),
            strengths: character.strengths.get(lang),
            growth: character.growth.get(lang),
            colors: &character.colors,
            image_url: format!("/api/characters/{}.svg", character.key),
        }
    }
}

pub(super) fn document(character: &Character, lang: Lang) -> Result<Document, serde_json::Error> {
    Ok(Document::json(&CharacterResponse::new(character, lang))?.in_language(lang))
}

pub(super) fn list_document(
    characters: &[Character],
    lang: Lang,
) -> Result<Document, serde_json::Error> {
    let items =
        characters.iter().map(|character| CharacterResponse::new(character, lang)).collect();
    Ok(Document::json(&CharactersResponse { items, next_cursor: None })?.in_language(lang))
}

pub(super) fn picture(svg: String) -> Document {
    Document::new(svg, "image/svg+xml").cached_for(DRAWING_SECONDS)
}

/// All characters.
#[utoipa::path(
    get, path = "/api/characters", tag = "catalog", operation_id = "list_characters",
    params(("lang" = Option<String>, Query), ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, body = CharactersResponse), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn list_characters(
    request: HttpRequest,
    language: Language,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let documents = state.shelf.documents()?;
    Ok(documents.characters.get(language.for_anybody()).respond(&request))
}

/// One character.
#[utoipa::path(
    get, path = "/api/characters/{key}", tag = "catalog", operation_id = "find_character",
    params(
        ("key" = String, Path), ("lang" = Option<String>, Query),
        ("If-None-Match" = Option<String>, Header),
    ),
    responses((status = 200, body = CharacterResponse), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn find_character(
    request: HttpRequest,
    key: Path<String>,
    language: Language,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let documents = state.shelf.documents()?;
    let character = documents.character.get(&key.0).ok_or(Error::CharacterNotFound)?;
    Ok(character.get(language.for_anybody()).respond(&request))
}

/// A character's drawing.
#[utoipa::path(
    get, path = "/api/characters/{key}.svg", tag = "catalog", operation_id = "find_drawing",
    params(("key" = String, Path), ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, content_type = "image/svg+xml"), (status = 304)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn find_drawing(
    request: HttpRequest,
    key: Path<String>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let documents = state.shelf.documents()?;
    let drawing = documents.drawings.get(&key.0).ok_or(Error::CharacterNotFound)?;
    Ok(drawing.respond(&request))
}
