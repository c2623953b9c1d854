//! Which web pages may call the API (`CORS_ORIGINS`). Origins are listed one by one; there are no cookies, so
//! credentials are never allowed.

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use problem::Problem;

use crate::settings::Origin;
use crate::table::Found;

const REQUEST_HEADERS: &str = "Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match, Receipt-Token, X-Request-Id, traceparent";
const ANSWER_HEADERS: &str =
    "Content-Disposition, ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id";
const VARIES: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The listed origins.
#[derive(Clone, Debug)]
pub(crate) struct Cors(Vec<Origin>);

impl Cors {
    pub(crate) fn new(origins: Vec<Origin>) -> Self {
        Cors(origins)
    }

    /// The request's origin, if it is a listed one.
    pub(crate) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        self.0.iter().map(Origin::value).find(|listed| *listed == origin).cloned()
    }

    /// Lets a listed page read an answer, an error too. Caches are told that the answer depends on who asks.
    pub(crate) fn mark(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(ANSWER_HEADERS));
        }
    }

    /// The answer to a preflight, if this is one for a path that there is: 204 for a listed origin, else 403.
    pub(crate) fn preflight(
        &self,
        request: &HttpRequest,
        found: &Found,
    ) -> Option<Result<HttpResponse, Problem>> {
        let headers = request.headers();
        let is_preflight = *request.method() == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let Found::WrongMethod(methods) = found else {
            return None;
        };
        if !is_preflight {
            return None;
        }
        if self.allowed(headers).is_none() {
            return Some(Err(Problem::new(
                StatusCode::FORBIDDEN,
                "origin-not-allowed",
                "Pages of this origin may not call the API",
            )));
        }
        let mut answer = HttpResponse::NoContent();
        answer.insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods.clone()));
        answer.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS));
        answer.insert_header((ACCESS_CONTROL_MAX_AGE, "600"));
        answer.insert_header((VARY, VARIES));
        Some(Ok(answer.finish()))
    }
}
