//! Which route a request is for, or why there is none.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use problem::Problem;

use crate::table::{Found, Route};

/// 400 for a path that could be read in two ways, 404 for one that is not in the table, 405 where only the method is
/// wrong.
pub(crate) fn route(found: Found) -> Result<Arc<Route>, Problem> {
    match found {
        Found::Route(route) => Ok(route),
        Found::Nothing => Err(Problem::not_found()),
        Found::WrongMethod(allow) => {
            let problem = Problem::from_status(StatusCode::METHOD_NOT_ALLOWED);
            Err(problem.header(ALLOW, allow))
        }
        Found::Unsafe(why) => {
            let problem = Problem::new(
                StatusCode::BAD_REQUEST,
                "ambiguous-path",
                "The path could be understood in more than one way",
            );
            Err(problem.detail(why))
        }
    }
}
