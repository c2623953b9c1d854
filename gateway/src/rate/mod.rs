//! Rate limits: how often a client or a member may ask, by class.
//!
//! The rule is GCRA (`governor`): a client may spend its whole quota at once and gets it back evenly. What is said to
//! the client is simpler and stricter: after a 429, `Retry-After` is when the whole quota is there again, so whoever
//! waits that long is not limited again in that window.

mod limits;
mod sketch;

use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};
use problem::Problem;
use serde::Deserialize;

use crate::metrics::RATE_LIMITED;
pub use limits::RateLimits;
use sketch::Sketch;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// A class as the route table states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateRule {
    pub(crate) by: By,
    pub(crate) requests: u32,
    pub(crate) seconds: u32,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// The client's address.
    Address,
    /// The member; where there is none, the address.
    Member,
}

/// A class and everybody's use of it, shared by all workers. Its memory is fixed, however many ask.
#[derive(Debug)]
pub(crate) struct RateClass {
    name: Box<str>,
    rule: RateRule,
    policy: HeaderValue,
    limiter: Option<Limiter>,
}

type Limiter = RateLimiter<u128, Sketch, DefaultClock, StateInformationMiddleware>;

/// The RateLimit fields (draft-ietf-httpapi-ratelimit-headers) of one answer.
#[derive(Clone, Debug)]
pub(crate) struct RateFields {
    policy: HeaderValue,
    state: HeaderValue,
}

impl RateFields {
    /// Beside those of a service that counts, too: the fields are lists.
    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        headers.append(POLICY, self.policy);
        headers.append(STATE, self.state);
    }
}

impl RateClass {
    /// None where the rule allows nothing.
    pub(crate) fn new(name: &str, rule: RateRule, limits: &RateLimits) -> Option<Self> {
        let requests = NonZeroU32::new(rule.requests)?;
        let window = Duration::from_secs(rule.seconds.into());
        let quota = Quota::with_period(window.checked_div(rule.requests)?)?.allow_burst(requests);
        let limiter = || Limiter::new(quota, Sketch::default(), DefaultClock::default());
        let limiter = limits.are_on().then(limiter);
        let policy = format!("{name:?};q={};w={}", rule.requests, rule.seconds);
        // Shown before the first: a counter that begins at 1 has not risen, for whoever watches its rate.
        RATE_LIMITED.with_label_values(&[name]);
        Some(RateClass {
            name: name.into(),
            rule,
            policy: HeaderValue::from_str(&policy).ok()?,
            limiter,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn by(&self) -> By {
        self.rule.by
    }

    /// Whether this class follows this rule.
    pub(crate) fn has(&self, rule: RateRule) -> bool {
        self.rule == rule
    }

    /// Counts one request; a 429 where the quota is spent. No fields where limits are off.
    pub(crate) fn take(&self, key: u128) -> Result<Option<RateFields>, Problem> {
        let Some(limiter) = &self.limiter else {
            return Ok(None);
        };
        match limiter.check_key(&key) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                Ok(Some(self.fields(left, self.seconds_for(self.rule.requests - left))))
            }
            Err(limited) => {
                RATE_LIMITED.with_label_values(&[self.name()]).inc();
                let first = limited.wait_time_from(limiter.clock().now()).as_secs_f64();
                let whole = first + self.cost() * f64::from(self.rule.requests - 1);
                Err(self.refusal(whole.ceil() as u64))
            }
        }
    }

    fn refusal(&self, seconds: u64) -> Problem {
        let fields = self.fields(0, seconds);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests")
            .detail(format!("Wait {seconds} seconds"))
            .retry_after(seconds)
            .header(POLICY, fields.policy)
            .header(STATE, fields.state)
    }

    /// `left` requests may be made now, and all of them in `seconds`.
    fn fields(&self, left: u32, seconds: u64) -> RateFields {
        let state = format!("{:?};r={left};t={seconds}", self.name);
        let state = HeaderValue::from_str(&state).unwrap_or_else(|_| HeaderValue::from_static(""));
        RateFields { policy: self.policy.clone(), state }
    }

    fn seconds_for(&self, requests: u32) -> u64 {
        (self.cost() * f64::from(requests)).ceil() as u64
    }

    /// Seconds in which one request is earned back.
    fn cost(&self) -> f64 {
        f64::from(self.rule.seconds) / f64::from(self.rule.requests)
    }
}

#[cfg(test)]
mod tests;
