//! Sends a request on and its answer back, both as streams.
//!
//! A service that is away, breaks off or is late is one thing to a client: 503 with `Retry-After`. After five of these in
//! a row its circuit opens and the answer comes at once. A request that can be repeated is sent a second time, on a
//! fresh connection, when there was no answer on the first: a pooled connection may have been closed in that moment.

use std::rc::Rc;

use actix_http::RequestHead;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue,
};
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpResponse};
use opentelemetry::global;
use opentelemetry::propagation::Injector;
use problem::{Problem, RequestId};
use tokio::time::timeout;

use super::address::{FORWARDED_FOR, FORWARDED_PROTO, Sender};
use super::assert::Asserted;
use super::body::{Download, Progress, Upload};
use super::limit::body_too_large;
use super::strip::strip_answer;
use crate::connections::{Answer, NoAnswer};
use crate::metrics::UPSTREAM_RETRIES;
use crate::table::{Route, without_trailing_slash};
use crate::upstream::{Upstream, Way};

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Seconds after which it is worth asking again: a circuit stays open for two.
const RETRY_AFTER: u64 = 2;

/// What goes to a service, besides the body.
pub(crate) struct Outbound {
    head: Rc<RequestHead>,
    /// Whether doing it twice is doing it once: safe methods, and a member's POST that carries a key.
    can_repeat: bool,
}

impl Outbound {
    /// The client's headers as the first stage left them (they are taken out of the request), and ours in place of
    /// those that only we may say.
    pub(crate) fn new(
        request: &mut ServiceRequest,
        sender: &Sender,
        member: Option<&Asserted>,
        upstream: &Upstream,
        route: &Route,
    ) -> Result<Self, Problem> {
        let mut head = RequestHead::default();
        head.method = request.method().clone();
        head.uri = Uri::from(path_and_query(request.uri())?);
        let id = request.extensions().get::<RequestId>().and_then(|id| id.0.parse().ok());

        let headers = &mut head.headers;
        std::mem::swap(headers, request.headers_mut());
        headers.remove(CONTENT_LENGTH);
        if !route.passes_token {
            headers.remove(AUTHORIZATION);
        }
        if let Some(host) = headers.insert(HOST, upstream.host.clone()).next() {
            headers.insert(FORWARDED_HOST, host);
        }
        headers.insert(FORWARDED_FOR, sender.forwarded_for.clone());
        headers.insert(FORWARDED_PROTO, sender.proto.clone());
        match id {
            Some(id) => headers.insert(REQUEST_ID, id),
            None => headers.remove(REQUEST_ID),
        };
        for name in [TRACEPARENT, TRACESTATE] {
            headers.remove(name);
        }
        global::get_text_map_propagator(|propagator| propagator.inject(&mut Carrier(headers)));
        let keyed = member.is_some() && headers.contains_key(IDEMPOTENCY_KEY);
        if let Some(member) = member {
            member.add_to(headers);
        }
        let can_repeat = head.method.is_safe() || (head.method == Method::POST && keyed);
        Ok(Outbound { head: Rc::new(head), can_repeat })
    }
}

/// The service's answer, or a problem.
pub(crate) async fn forward(
    outbound: Outbound,
    body: Option<Upload>,
    way: Way<'_>,
    route: &Route,
) -> Result<HttpResponse, Problem> {
    let upstream = way.upstream;
    let Some(attempt) = upstream.breaker.enter() else {
        upstream.count_failure("circuit");
        return Err(away(upstream));
    };
    let progress = body.as_ref().map(Upload::progress);
    let sent = timeout(route.timeout, send(outbound, body, way)).await;
    let failure = match (sent, progress.map_or(Progress::Sent, |progress| progress.get())) {
        (Ok(Ok(answer)), _) => {
            attempt.succeeded();
            upstream.show_circuit();
            return Ok(pass_back(answer, route));
        }
        (_, Progress::TooLarge) => return Err(body_too_large(route.body_limit)),
        (_, Progress::Broken) => return Err(unreadable_body()),
        (Err(_late), Progress::Awaited) => return Err(late_body()),
        (Err(_late), Progress::Sent) => "late",
        (Ok(Err(NoAnswer::Broken)), _) => "broken",
        (Ok(Err(NoAnswer::Refused | NoAnswer::Unreachable)), _) => "connect",
    };
    attempt.failed();
    upstream.count_failure(failure);
    tracing::warn!(upstream = &*upstream.name, kind = failure, "no answer");
    Err(away(upstream))
}

async fn send(outbound: Outbound, body: Option<Upload>, way: Way<'_>) -> Result<Answer, NoAnswer> {
    let Way { upstream, connections } = way;
    let Outbound { head, can_repeat } = outbound;
    upstream.retries.earn();
    let can_repeat = can_repeat && body.is_none();
    match connections.ask(Rc::clone(&head), body).await {
        Err(NoAnswer::Refused | NoAnswer::Broken) if can_repeat && upstream.retries.spend() => {
            UPSTREAM_RETRIES.with_label_values(&[&*upstream.name]).inc();
            connections.ask_afresh(head).await
        }
        answered => answered,
    }
}

/// As the client wrote it, without a trailing slash.
fn path_and_query(uri: &Uri) -> Result<PathAndQuery, Problem> {
    let path = without_trailing_slash(uri.path());
    let whole = match (uri.path_and_query(), uri.query()) {
        (Some(same), _) if path.len() == uri.path().len() => return Ok(same.clone()),
        (_, Some(query)) => format!("{path}?{query}"),
        (_, None) => path.to_owned(),
    };
    PathAndQuery::try_from(whole).map_err(|error| Problem::internal(&error))
}

fn pass_back(answer: Answer, route: &Route) -> HttpResponse {
    let Answer { mut head, size, mut body } = answer;
    strip_answer(&mut head.headers);
    let body = match body.whole() {
        Some(whole) => BoxBody::new(whole),
        None => BoxBody::new(Download::new(body, size, route.timeout)),
    };
    let mut response = HttpResponse::with_body(head.status, body);
    *response.headers_mut() = head.headers;
    response
}

fn away(upstream: &Upstream) -> Problem {
    Problem::unavailable(RETRY_AFTER).detail(format!("{} does not answer", upstream.name))
}

fn unreadable_body() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "unreadable-body", "The body could not be read")
}

fn late_body() -> Problem {
    Problem::from_status(StatusCode::REQUEST_TIMEOUT).detail("The body did not arrive in time")
}

/// Where the W3C trace context is written to: two headers, and one of them is mostly empty.
struct Carrier<'h>(&'h mut HeaderMap);

impl Injector for Carrier<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = if key == TRACEPARENT { TRACEPARENT } else { TRACESTATE };
        if let Ok(value) = HeaderValue::try_from(value)
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}
