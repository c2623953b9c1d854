//! The one error body of the platform (RFC 9457), and the extractors whose rejections speak it.
//!
//! Every answer that is not a success is `application/problem+json`:
//! `{type, title, status, detail?, instance, request_id, errors?: [{pointer, detail}]}`.
//! `type` is `urn:damacorch:problem:<code>`; the codes are listed in `docs/problems.md`.

mod arrival;
mod extract;
mod finish;
mod problem;
mod schema;
mod unkeepable;

pub use arrival::Arrival;
pub use extract::{Json, OptionalJson, Path, Query};
pub use finish::{RequestId, finish, not_found};
pub use problem::{FieldError, Problem};
pub use schema::ProblemBody;
