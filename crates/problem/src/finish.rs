//! The last step of every answer: an error of any origin becomes a whole problem body.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::header::{ALLOW, CONTENT_TYPE};

use crate::Problem;

/// The id of a request, in its extensions, its answer and its logs.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives an error answer its body: a [`Problem`] is written with the request's path and id; a bare error of the
/// framework (405, 413, …) becomes a problem; anything else passes as it is.
pub fn finish(path: &str, request_id: &str, response: HttpResponse<BoxBody>) -> HttpResponse {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return problem.respond(path, request_id);
    }
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let spoken = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    if !refused || spoken {
        return response;
    }
    let mut problem = Problem::from_status(status);
    if let Some(allow) = response.headers().get(ALLOW) {
        problem = problem.header(ALLOW, allow.clone());
    }
    problem.respond(path, request_id)
}

/// The answer where no route is: for `App::default_service`.
pub async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}
