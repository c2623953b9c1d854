//! What a service is told about the member: `X-User-Id`, `X-User-Roles`, and the assertion that proves them.

use std::sync::{Arc, OnceLock};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use arc_swap::ArcSwapOption;
use identity::access::VerifiedToken;
use identity::assertion::{SignError, Signed};
use identity::headers::{ASSERTION, USER_ID, USER_ROLES};
use jiff::Timestamp;
use problem::Problem;

use crate::upstream::{Upstream, Upstreams};

/// A member, and what the services were told of them.
pub(crate) type Member = VerifiedToken<Told>;

/// What each service was told last: remembered along with the token, signed anew at half-life.
#[derive(Default)]
pub(crate) struct Told(OnceLock<Box<[ArcSwapOption<Asserted>]>>);

/// The three headers, ready to be sent.
#[derive(Debug)]
pub(crate) struct Asserted {
    user_id: HeaderValue,
    roles: HeaderValue,
    assertion: HeaderValue,
    /// In seconds since 1970.
    renew_at: i64,
}

impl Asserted {
    /// For the service at this place among the upstreams.
    pub(crate) fn to(
        place: usize,
        upstreams: &Upstreams,
        member: &Member,
        now: Timestamp,
    ) -> Result<Arc<Self>, Problem> {
        let nobody = || upstreams.iter().map(|_| ArcSwapOption::empty()).collect();
        let last = &member.note.0.get_or_init(nobody)[place];
        if let Some(asserted) = last.load_full()
            && now.as_second() < asserted.renew_at
        {
            return Ok(asserted);
        }
        let asserted = Arc::new(Asserted::new(upstreams.at(place), member, now)?);
        last.store(Some(Arc::clone(&asserted)));
        Ok(asserted)
    }

    fn new(upstream: &Upstream, member: &Member, now: Timestamp) -> Result<Self, Problem> {
        let signed = upstream.signer.sign_anew(member.subject(), now);
        let Signed { assertion, renew_at } = signed.map_err(|error| match error {
            SignError::Expired => Problem::unauthenticated(),
            SignError::Key(_) => Problem::internal(&error),
        })?;
        let value =
            |text: String| HeaderValue::try_from(text).map_err(|error| Problem::internal(&error));
        Ok(Asserted {
            user_id: value(member.user_id().0.to_string())?,
            roles: value(member.roles().to_string())?,
            assertion: HeaderValue::from_maybe_shared(assertion)
                .map_err(|error| Problem::internal(&error))?,
            renew_at,
        })
    }

    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static(USER_ID), self.user_id.clone());
        headers.insert(HeaderName::from_static(USER_ROLES), self.roles.clone());
        headers.insert(HeaderName::from_static(ASSERTION), self.assertion.clone());
    }
}
