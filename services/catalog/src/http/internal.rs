//! What other services read: reference data whole, with keys and both languages.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use garde::Validate;
use identity::ServiceCaller;
use problem::{Path, Problem, Query};
use serde::Deserialize;

use super::shelf::Documents;
use crate::error::Error;
use crate::state::State;

/// Who may read it.
const READERS: [&str; 2] = ["analysis", "quest"];

#[derive(Debug, Deserialize, Validate)]
pub(crate) struct VersionQuery {
    #[garde(skip)]
    version: Option<i32>,
}

/// `GET /int/catalog/instruments/{key}?version=`: a test; the newest version where none is named.
pub(crate) async fn find_instrument(
    request: HttpRequest,
    service: ServiceCaller,
    key: Path<String>,
    query: Query<VersionQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&READERS)?;
    let documents = newest(&state).await?;
    let versions = documents.internal.instruments.get(&key.0);
    let instrument = versions
        .and_then(|versions| versions.get(query.0.version))
        .ok_or(Error::InstrumentNotFound)?;
    Ok(instrument.respond(&request))
}

/// `GET /int/catalog/characters?version=`: all characters; the newest version where none is named.
pub(crate) async fn list_characters(
    request: HttpRequest,
    service: ServiceCaller,
    query: Query<VersionQuery>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&READERS)?;
    let documents = newest(&state).await?;
    let versions = &documents.internal.characters;
    let characters = versions.get(query.0.version).ok_or(Error::CharacterNotFound)?;
    Ok(characters.respond(&request))
}

/// `GET /int/catalog/quest-templates`: the newest version of each that is not withdrawn.
pub(crate) async fn list_quest_templates(
    request: HttpRequest,
    service: ServiceCaller,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&READERS)?;
    let documents = newest(&state).await?;
    Ok(documents.internal.quest_templates.respond(&request))
}

/// `GET /int/catalog/result-texts`: the sentences results are told in.
pub(crate) async fn find_result_texts(
    request: HttpRequest,
    service: ServiceCaller,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&READERS)?;
    let documents = newest(&state).await?;
    Ok(documents.internal.result_texts.respond(&request))
}

/// `GET /int/catalog/self-check`: what the self-check asks.
pub(crate) async fn find_self_check(
    request: HttpRequest,
    service: ServiceCaller,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    service.require(&READERS)?;
    let documents = newest(&state).await?;
    Ok(documents.internal.self_check.respond(&request))
}

/// What the tables say now; with the database away, what they said last. Who has just read `catalog.updated` asks at once,
/// and must not be told that nothing has changed.
async fn newest(state: &State) -> Result<Arc<Documents>, Error> {
    state.shelf.refresh_if_possible(&state.pool).await;
    state.shelf.documents()
}
