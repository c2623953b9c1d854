//! What a service is told about the member: `X-User-Id`, `X-User-Roles`, and the assertion that proves them.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use identity::access::VerifiedToken;
use identity::assertion::SignError;
use identity::headers::{ASSERTION, USER_ID, USER_ROLES};
use jiff::Timestamp;
use problem::Problem;

use crate::upstream::Upstream;

/// The three headers, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Asserted {
    user_id: HeaderValue,
    roles: HeaderValue,
    assertion: HeaderValue,
}

impl Asserted {
    /// Signs for one service; remembered there until half of its life is over.
    pub(crate) fn new(
        member: &VerifiedToken,
        upstream: &Upstream,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let assertion =
            upstream.signer.sign(member.subject(), now).map_err(|error| match error {
                SignError::Expired => Problem::unauthenticated(),
                SignError::Key(_) => Problem::internal(&error),
            })?;
        let mut text = uuid::Uuid::encode_buffer();
        let user_id = member.user_id().0.hyphenated().encode_lower(&mut text);
        Ok(Asserted {
            user_id: value(user_id)?,
            roles: value(&member.roles().to_string())?,
            assertion: HeaderValue::from_maybe_shared(assertion)
                .map_err(|error| Problem::internal(&error))?,
        })
    }

    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static(USER_ID), self.user_id.clone());
        headers.insert(HeaderName::from_static(USER_ROLES), self.roles.clone());
        headers.insert(HeaderName::from_static(ASSERTION), self.assertion.clone());
    }
}

fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|error| Problem::internal(&error))
}
