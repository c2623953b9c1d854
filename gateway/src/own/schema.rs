//! `GET /api/schema`: the OpenAPI document of all services, as this binary was built with it. YAML, or JSON for who asks.

use actix_web::http::header::{ACCEPT, HeaderValue, VARY};
use actix_web::{HttpRequest, HttpResponse};
use chassis::{Document, StartError};

const OPENAPI: &str = include_str!("../../../docs/openapi.yaml");

pub(super) struct Schema {
    yaml: Document,
    json: Document,
}

impl Schema {
    pub(super) fn new() -> Result<Self, StartError> {
        let parsed: serde_json::Value = yaml_serde::from_str(OPENAPI)?;
        Ok(Schema {
            yaml: Document::new(OPENAPI, "application/yaml"),
            json: Document::json(&parsed)?,
        })
    }

    pub(super) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
        let json = accept.is_some_and(|kinds| {
            kinds.split(',').any(|kind| kind.trim().starts_with("application/json"))
        });
        let document = if json { &self.json } else { &self.yaml };
        let mut response = document.respond(request);
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
        response
    }
}
