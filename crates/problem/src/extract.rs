//! Extractors that name every wrong field: `Json` (body), `Query`, `Path`.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use bytes::Bytes;
use futures_util::future::{LocalBoxFuture, Ready, ready};
use garde::Validate;
use serde::de::DeserializeOwned;

use crate::{Arrival, FieldError, Problem, unkeepable};

/// A JSON body that is well formed (else 400, naming the pointer) and keeps its own rules (else 422, naming each
/// broken one). A wrong content type is a 415, a body over the service's limit a 413.
#[derive(Clone, Debug)]
pub struct Json<T> {
    /// What the body says.
    pub value: T,
    /// The body as it came, for the idempotency key.
    pub bytes: Bytes,
}

impl<T> FromRequest for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.content_type().to_ascii_lowercase();
        let has_kind = request.headers().contains_key(CONTENT_TYPE);
        let body = Arrival::of(request, Bytes::from_request(request, payload));
        Box::pin(async move {
            if kind != "application/json" && !kind.ends_with("+json") {
                return Err(not_json(if has_kind {
                    format!("Content-Type is {kind:?}; send application/json")
                } else {
                    "Content-Type is missing; send application/json".to_owned()
                }));
            }
            let bytes = body.await.map_err(|error| unread(&error))?;
            let value: T = parse(&bytes)?;
            let mut broken = broken_rules(&value);
            broken.extend(unkeepable::in_json(&bytes));
            refuse(broken)?;
            Ok(Json { value, bytes })
        })
    }
}

/// A JSON body that may be left out, as [`Json`] otherwise.
#[derive(Clone, Debug)]
pub struct OptionalJson<T>(pub Json<T>);

impl<T> FromRequest for OptionalJson<T>
where
    T: DeserializeOwned + Default + Validate<Context = ()> + 'static,
{
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(CONTENT_TYPE) {
            let body = Arrival::of(request, Bytes::from_request(request, payload));
            return Box::pin(async move {
                match body.await {
                    Ok(bytes) if bytes.is_empty() => {
                        Ok(OptionalJson(Json { value: T::default(), bytes }))
                    }
                    Ok(_) => Err(not_json("Content-Type is missing; send application/json")),
                    Err(error) => Err(unread(&error)),
                }
            });
        }
        let json = Json::from_request(request, payload);
        Box::pin(async move { json.await.map(OptionalJson) })
    }
}

fn not_json(detail: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "The body must be JSON",
    )
    .detail(detail)
}

fn unread(error: &actix_web::Error) -> Problem {
    let status = error.as_response_error().status_code();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, "body-too-large", "The body is larger than this route takes");
    }
    Problem::new(StatusCode::BAD_REQUEST, "unreadable-body", "The body could not be read")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let malformed = |pointer: String, detail: String| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed-body",
            "The body is not what this route takes",
        )
        .field(pointer, detail)
    };
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let mut pointer = pointer_of(error.path());
        let detail = error.inner().to_string();
        // Serde says where a field is missing; clients want to know which.
        if let Some(rest) = detail.strip_prefix("missing field `")
            && let Some((field, _)) = rest.split_once('`')
        {
            pointer = format!("{pointer}/{field}");
        }
        malformed(pointer, detail)
    })?;
    json.end().map_err(|error| malformed(String::new(), error.to_string()))?;
    Ok(value)
}

fn broken_rules<T: Validate<Context = ()>>(value: &T) -> Vec<FieldError> {
    let broken = value.validate().err().map(garde::Report::into_inner);
    let named = |(path, error): (garde::Path, garde::Error)| {
        FieldError::new(pointer_of_path(&path.to_string()), error.message())
    };
    broken.into_iter().flatten().map(named).collect()
}

fn refuse(broken: Vec<FieldError>) -> Result<(), Problem> {
    if broken.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(broken))
}

/// `answers[3].value` as `/answers/3/value`, and the field `r#trait` as `/trait`, as the wire has it.
fn pointer_of_path(path: &str) -> String {
    let mut pointer = String::with_capacity(path.len() + 1);
    for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
        let part = part.strip_prefix("r#").unwrap_or(part);
        pointer.push('/');
        pointer.push_str(part.trim_end_matches(']'));
    }
    pointer
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => push_key(&mut pointer, key),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// Goes one member deeper (RFC 6901).
pub(crate) fn push_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// A query string that keeps its rules; every wrong parameter is named as `/name`.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Validate<Context = ()>> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        let parsed: Result<T, _> =
            serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs));
        ready(match parsed {
            Ok(value) => {
                let mut broken = broken_rules(&value);
                broken.extend(unkeepable::in_query(pairs));
                refuse(broken).map(|()| Query(value))
            }
            Err(error) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed-query",
                "A query parameter is not what this route takes",
            )
            .field(pointer_of(error.path()), error.inner().to_string())),
        })
    }
}

/// Parts of the path. One that does not parse names nothing that exists: 404.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = web::Path::<T>::from_request(request, payload).into_inner();
        ready(parts.map(|parts| Path(parts.into_inner())).map_err(|_| Problem::not_found()))
    }
}
