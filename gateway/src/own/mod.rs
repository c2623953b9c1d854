//! What the gateway answers itself: health, the API's document, and the page to try it.

mod docs;
mod health;
mod openapi;
mod schema;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use chassis::StartError;
use problem::Problem;

use crate::upstream::Ways;
use docs::Docs;
pub use openapi::openapi;
use schema::Schema;

/// One of our own answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    Health,
    Schema,
    Docs,
}

impl Own {
    /// What we answer to a route of the table; none where it is not ours.
    pub(crate) fn of(method: &Method, template: &str) -> Option<Self> {
        match template {
            _ if *method != Method::GET => None,
            "/health" | "/api/health" => Some(Own::Health),
            "/api/schema" => Some(Own::Schema),
            "/api/docs" | "/api/docs/{file}" => Some(Own::Docs),
            _ => None,
        }
    }
}

/// What is made once and answered often.
pub(crate) struct Documents {
    schema: Schema,
    docs: Docs,
}

impl Documents {
    pub(crate) fn new() -> Result<Self, StartError> {
        Ok(Documents { schema: Schema::new()?, docs: Docs::new() })
    }
}

pub(crate) async fn answer(
    page: Own,
    request: &HttpRequest,
    documents: &Documents,
    ways: &Ways,
) -> Result<HttpResponse, Problem> {
    match page {
        Own::Health => Ok(health::answer(ways).await),
        Own::Schema => Ok(documents.schema.answer(request)),
        Own::Docs => documents.docs.answer(request.path()),
    }
}
