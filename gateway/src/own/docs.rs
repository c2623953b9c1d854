//! `GET /api/docs`: a page to read and try the API (Swagger UI, brought along in the binary). It loads nothing from
//! outside, and its Content-Security-Policy makes the browser hold it to that.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use problem::Problem;
use utoipa_swagger_ui::Config;

const PATH: &str = "/api/docs";
const INDEX: &str = "index.html";

/// Swagger UI sets styles on its elements; everything else must be a file of ours.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

pub(super) struct Docs(Arc<Config<'static>>);

impl Docs {
    pub(super) fn new() -> Self {
        // Swagger would show the document to a validator on the internet.
        Docs(Arc::new(
            Config::from("/api/schema").validator_url("none").display_request_duration(true),
        ))
    }

    /// The page, or one of its files.
    pub(super) fn answer(&self, path: &str) -> Result<HttpResponse, Problem> {
        let name = path.strip_prefix(PATH).map_or("", |rest| rest.trim_matches('/'));
        let name = if name.is_empty() { INDEX } else { name };
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&self.0))
            .map_err(|error| Problem::internal(&*error))?
            .ok_or_else(Problem::not_found)?;
        let mut bytes = file.bytes.into_owned();
        if name == INDEX {
            bytes = with_whole_paths(&String::from_utf8_lossy(&bytes)).into_bytes();
        }
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, file.content_type))
            .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)))
            .insert_header((X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")))
            .body(bytes))
    }
}

/// The page is at `/api/docs` and `/api/docs/` alike: its links must not depend on that.
fn with_whole_paths(html: &str) -> String {
    html.replace("\"./", &format!("\"{PATH}/"))
        .replace("href=\"index.css\"", &format!("href=\"{PATH}/index.css\""))
}
