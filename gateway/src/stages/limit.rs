//! How large a request may be, and how often one may ask.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use problem::Problem;

use super::address::Sender;
use super::assert::Member;
use crate::rate::{By, RateFields};
use crate::table::Route;

const LONGEST_URI: usize = 8 * 1024;

/// Names and values together. A token may have 8 KiB.
const LARGEST_HEADERS: usize = 32 * 1024;

/// What a request's head says about its body. Both lengths at once are a 400 of the HTTP parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeclaredBody {
    None,
    Sized(u64),
    Chunked,
}

impl DeclaredBody {
    /// Asked before the headers are stripped.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(TRANSFER_ENCODING) {
            return DeclaredBody::Chunked;
        }
        let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        match length.and_then(|text| text.trim().parse().ok()) {
            None | Some(0) => DeclaredBody::None,
            Some(length) => DeclaredBody::Sized(length),
        }
    }
}

/// 414, 431 and 413. A chunked body is counted while it is forwarded.
pub(crate) fn sizes(
    request: &HttpRequest,
    route: &Route,
    body: DeclaredBody,
) -> Result<(), Problem> {
    let path_and_query = request.uri().path_and_query();
    if path_and_query.is_some_and(|text| text.as_str().len() > LONGEST_URI) {
        return Err(Problem::from_status(StatusCode::URI_TOO_LONG)
            .detail(format!("Path and query may have {LONGEST_URI} bytes")));
    }
    let sizes = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if sizes.sum::<usize>() > LARGEST_HEADERS {
        return Err(Problem::from_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
            .detail(format!("Headers may have {LARGEST_HEADERS} bytes")));
    }
    match body {
        DeclaredBody::Sized(length) if length > route.body_limit => {
            Err(body_too_large(route.body_limit))
        }
        _ => Ok(()),
    }
}

/// 413, with what the route takes.
pub(crate) fn body_too_large(limit: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        "The body is larger than this route takes",
    )
    .detail(match limit {
        0 => "This route takes no body".to_owned(),
        _ => format!("This route takes {limit} bytes"),
    })
}

/// 429 when the member (or the address) has asked too often; else what is left of the quota.
pub(crate) fn rate(
    route: &Route,
    sender: &Sender,
    member: Option<&Member>,
) -> Result<Option<RateFields>, Problem> {
    let key = match (route.rate.by(), member) {
        (By::Member, Some(member)) => member.user_id().0.as_u128(),
        (By::Address, _) | (By::Member, None) => sender.rate_key(),
    };
    route.rate.take(key)
}
