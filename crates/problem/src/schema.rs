//! The problem body as OpenAPI documents describe it.

use crate::FieldError;

/// An error (RFC 9457).
#[derive(utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// What kind of problem: `urn:damacorch:problem:<code>`.
    pub r#type: String,
    /// The kind in words, the same each time.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is particular to this time.
    pub detail: Option<String>,
    /// The path that was asked.
    pub instance: String,
    /// Names this request in our logs.
    pub request_id: String,
    /// Each wrong field.
    pub errors: Option<Vec<FieldError>>,
}
