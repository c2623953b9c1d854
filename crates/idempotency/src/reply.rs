//! An answer that can be kept.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use problem::Problem;
use serde::Serialize;

/// Status and body of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const PROBLEM: &str = "application/problem+json";

impl Reply {
    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Result<Self, serde_json::Error> {
        Reply::json(StatusCode::OK, body)
    }

    /// 201 with a body.
    pub fn created(body: &impl Serialize) -> Result<Self, serde_json::Error> {
        Reply::json(StatusCode::CREATED, body)
    }

    /// 202, without a body.
    pub fn accepted() -> Self {
        Reply { status: StatusCode::ACCEPTED, content_type: JSON, body: Vec::new() }
    }

    /// 204.
    pub fn no_content() -> Self {
        Reply { status: StatusCode::NO_CONTENT, content_type: JSON, body: Vec::new() }
    }

    /// Any status with a body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Reply { status, content_type: JSON, body: serde_json::to_vec(body)? })
    }

    pub(crate) fn problem(problem: &Problem, instance: &str, request_id: &str) -> Self {
        let body = problem.body(instance, request_id);
        Reply { status: problem.status(), content_type: PROBLEM, body }
    }
}

impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> Self {
        let mut response = HttpResponse::build(reply.status);
        if reply.body.is_empty() {
            return response.finish();
        }
        response.content_type(reply.content_type).body(reply.body)
    }
}
