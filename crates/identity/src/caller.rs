//! `Caller` in a handler's arguments: the proof that somebody asks.
//!
//! The extractors believe `X-Assertion` only, by the [`Assertions`] in the app's data. Each identity header may be there
//! once; `X-User-Id` must say what the assertion says, and is refused without one.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest, web};
use contracts::UserId;
use jiff::Timestamp;
use problem::Problem;
use uuid::Uuid;

use crate::assertion::{Assertion, AssertionVerifier};
use crate::{GATEWAY, Refusal, Roles, headers};

/// What the extractors ask: the service's verifier, and its clock. Goes into `app_data` as `web::Data`.
pub struct Assertions {
    verifier: AssertionVerifier,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Assertions {
    /// Verifies by `verifier`, at the time that `now` tells.
    pub fn new(
        verifier: AssertionVerifier,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Assertions { verifier, now: Box::new(now) }
    }
}

/// The member who asks, proved by the gateway. A handler that takes it answers strangers with 401.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The member.
    pub user_id: UserId,
    /// The member's roles.
    pub roles: Roles,
    /// The member's session; none where the token's issuer knows none.
    pub session_id: Option<Uuid>,
    /// When the member's access token expires.
    pub token_expires_at: Option<Timestamp>,
}

impl Caller {
    /// 403 unless the member has the role.
    pub fn require_role(&self, role: &str) -> Result<(), Problem> {
        if self.roles.has(role) {
            return Ok(());
        }
        Err(Problem::forbidden())
    }

    fn of(headers: &HeaderMap, assertion: &Assertion) -> Result<Self, Problem> {
        let proved = assertion.user_id.filter(|_| *assertion.issuer == *GATEWAY);
        let user_id = proved.ok_or_else(Problem::unauthenticated)?;
        let named = the_only(headers, headers::USER_ID)?.map(Uuid::try_parse);
        if named != Some(Ok(user_id.0)) {
            return Err(Problem::unauthenticated());
        }
        Ok(Caller {
            user_id,
            roles: assertion.roles.clone(),
            session_id: assertion.session_id,
            token_expires_at: assertion.token_expires_at,
        })
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller =
            MaybeCaller::of(request).and_then(|caller| caller.ok_or_else(Problem::unauthenticated));
        ready(caller)
    }
}

/// A member with the role `admin`. A handler that takes it refuses everybody else before it looks at the body: strangers
/// with 401, members with 403.
#[derive(Clone, Debug)]
pub struct Admin(pub Caller);

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload).into_inner();
        ready(caller.and_then(|caller| caller.require_role("admin").map(|()| Admin(caller))))
    }
}

/// The member who asks, or a stranger: for public routes that say more to members. Identity headers that prove
/// nothing are still a 401.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Option<Caller>);

impl MaybeCaller {
    fn of(request: &HttpRequest) -> Result<Option<Caller>, Problem> {
        match believed(request)? {
            Some(assertion) => Caller::of(request.headers(), &assertion).map(Some),
            None if request.headers().contains_key(headers::USER_ID) => {
                Err(Problem::unauthenticated())
            }
            None => Ok(None),
        }
    }
}

impl FromRequest for MaybeCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(MaybeCaller::of(request).map(MaybeCaller))
    }
}

/// The service that asks, for `/int/...`: proved by its own key. What the gateway signed for a member is no such proof.
#[derive(Clone, Debug)]
pub struct ServiceCaller {
    /// The service's name.
    pub name: Arc<str>,
    /// The member for whom it asks.
    pub on_behalf_of: Option<UserId>,
}

impl ServiceCaller {
    /// 403 unless the service is one of these.
    pub fn require(&self, names: &[&str]) -> Result<(), Problem> {
        if names.contains(&&*self.name) {
            return Ok(());
        }
        Err(Problem::forbidden())
    }
}

impl FromRequest for ServiceCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let assertion = believed(request).and_then(|assertion| {
            // The gateway signs for members, and sometimes asks in its own name.
            let from_service = assertion
                .filter(|assertion| *assertion.issuer != *GATEWAY || assertion.user_id.is_none());
            from_service.ok_or_else(Problem::unauthenticated)
        });
        ready(assertion.map(|assertion| ServiceCaller {
            name: Arc::clone(&assertion.issuer),
            on_behalf_of: assertion.user_id,
        }))
    }
}

/// The request's assertion, if it has one; one that does not hold is a 401.
fn believed(request: &HttpRequest) -> Result<Option<Arc<Assertion>>, Problem> {
    let Some(assertion) = the_only(request.headers(), headers::ASSERTION)? else {
        return Ok(None);
    };
    let assertions = request
        .app_data::<web::Data<Assertions>>()
        .ok_or_else(|| Problem::internal(&NoVerifier))?;
    let believed = assertions.verifier.verify(assertion, (assertions.now)());
    believed.map(Some).map_err(|refusal: Refusal| {
        // Nobody outside can send one: it is an old key, a clock that is off, or an intruder.
        tracing::warn!(reason = refusal.label(), "an assertion was refused");
        Problem::unauthenticated()
    })
}

/// A header that may be there once, as text.
fn the_only<'r>(headers: &'r HeaderMap, name: &str) -> Result<Option<&'r str>, Problem> {
    let mut values = headers.get_all(name);
    let first = values.next();
    if values.next().is_some() {
        return Err(Problem::unauthenticated());
    }
    let text = first.map(|value| value.to_str());
    text.transpose().map_err(|_| Problem::unauthenticated())
}

#[derive(Debug, thiserror::Error)]
#[error("the app has no Assertions in its data")]
struct NoVerifier;
