//! Sends a request on and its answer back, both as streams.
//!
//! A service that is away, breaks off or is late is one thing to a client: 503 with `Retry-After`. After five of these in
//! a row its circuit opens and the answer comes at once. A request that can be repeated is sent a second time, on a
//! fresh connection, when there was no answer on the first: a pooled connection may have been closed in that moment.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue,
};
use actix_web::http::uri::{Parts, PathAndQuery, Scheme, Uri};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use awc::error::{ConnectError, SendRequestError};
use awc::{Client, ClientRequest, ClientResponse};
use opentelemetry::global;
use opentelemetry::propagation::Injector;
use problem::{Problem, RequestId};
use tokio::time::timeout;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::address::{FORWARDED_FOR, FORWARDED_PROTO, Sender};
use super::assert::Asserted;
use super::body::{Download, Progress, Upload};
use super::limit::body_too_large;
use super::strip::strip_answer;
use crate::metrics::UPSTREAM_RETRIES;
use crate::table::{Route, without_trailing_slash};
use crate::upstream::{Upstream, Way};

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// Headers that we add at most.
const OURS: usize = 10;

/// Seconds after which it is worth asking again: a circuit stays open for two.
const RETRY_AFTER: u64 = 2;

/// What goes to a service, besides the body.
pub(crate) struct Outbound<'r> {
    pub(crate) request: &'r HttpRequest,
    pub(crate) route: &'r Route,
    pub(crate) sender: &'r Sender,
    pub(crate) member: Option<&'r Asserted>,
}

/// Why there is no answer.
enum Failure {
    /// The service did not do its part; the kind is a metric's label.
    Upstream(&'static str),
    /// The client did not do its part.
    Client(Problem),
}

/// The service's answer, or a problem.
pub(crate) async fn forward(
    outbound: &Outbound<'_>,
    way: Way<'_>,
    body: Option<Upload>,
) -> Result<HttpResponse, Problem> {
    let upstream = way.upstream;
    let Some(attempt) = upstream.breaker.enter() else {
        upstream.count_failure("circuit");
        return Err(away(upstream));
    };
    let limit = outbound.route.body_limit;
    let progress = body.as_ref().map(Upload::progress);
    let sent = timeout(outbound.route.timeout, send(outbound, way, body)).await;
    let failure = match (sent, progress.map_or(Progress::Sent, |progress| progress.get())) {
        (Ok(Ok(answer)), _) => {
            attempt.succeeded();
            upstream.show_circuit();
            let head_only = *outbound.request.method() == Method::HEAD;
            return Ok(pass_back(answer, head_only, outbound.route));
        }
        (_, Progress::TooLarge) => Failure::Client(body_too_large(limit)),
        (_, Progress::Broken) => Failure::Client(unreadable_body()),
        (Err(_late), Progress::Awaited) => Failure::Client(late_body()),
        (Err(_late), Progress::Sent) => Failure::Upstream("late"),
        (Ok(Err(error)), _) => Failure::Upstream(kind(&error)),
    };
    match failure {
        Failure::Client(problem) => Err(problem),
        Failure::Upstream(kind) => {
            attempt.failed();
            upstream.count_failure(kind);
            tracing::warn!(upstream = &*upstream.name, kind, "no answer");
            Err(away(upstream))
        }
    }
}

async fn send(
    outbound: &Outbound<'_>,
    way: Way<'_>,
    body: Option<Upload>,
) -> Result<ClientResponse, SendRequestError> {
    let upstream = way.upstream;
    upstream.retries.earn();
    if let Some(body) = body {
        return outbound.build(way.pooled, upstream)?.send_body(body).await;
    }
    match outbound.build(way.pooled, upstream)?.send().await {
        Err(error) if outbound.can_repeat() && is_gone(&error) && upstream.retries.spend() => {
            UPSTREAM_RETRIES.with_label_values(&[&*upstream.name]).inc();
            outbound.build(way.fresh, upstream)?.force_close().send().await
        }
        answered => answered,
    }
}

impl Outbound<'_> {
    fn build(
        &self,
        client: &Client,
        upstream: &Upstream,
    ) -> Result<ClientRequest, SendRequestError> {
        let mut request =
            client.request(self.request.method().clone(), self.uri(upstream)?).no_decompress();
        self.fill(request.headers_mut(), upstream);
        Ok(request)
    }

    fn uri(&self, upstream: &Upstream) -> Result<Uri, SendRequestError> {
        let mut parts = Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(upstream.authority.clone());
        parts.path_and_query = Some(path_and_query(self.request.uri())?);
        Uri::from_parts(parts).map_err(|error| SendRequestError::Http(error.into()))
    }

    /// The client's headers as the first stage left them, and ours in place of those that only we may say.
    fn fill(&self, headers: &mut HeaderMap, upstream: &Upstream) {
        headers.reserve(self.request.headers().len() + OURS);
        for (name, value) in self.request.headers() {
            let ours = *name == AUTHORIZATION
                || *name == HOST
                || *name == CONTENT_LENGTH
                || *name == REQUEST_ID
                || matches!(name.as_str(), TRACEPARENT | TRACESTATE);
            if !ours {
                headers.append(name.clone(), value.clone());
            }
        }
        headers.insert(HOST, upstream.host.clone());
        if let Some(host) = self.request.headers().get(HOST) {
            headers.insert(FORWARDED_HOST, host.clone());
        }
        headers.insert(FORWARDED_FOR, self.sender.forwarded_for.clone());
        headers.insert(FORWARDED_PROTO, self.sender.proto.clone());
        if let Some(RequestId(id)) = self.request.extensions().get::<RequestId>()
            && let Ok(id) = HeaderValue::from_str(id)
        {
            headers.insert(REQUEST_ID, id);
        }
        let context = tracing::Span::current().context();
        global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&context, &mut Carrier(headers));
        });
        if let Some(member) = self.member {
            member.add_to(headers);
        }
    }

    /// Whether doing it twice is doing it once: safe methods, and a member's POST that carries a key.
    fn can_repeat(&self) -> bool {
        let method = self.request.method();
        let keyed =
            || self.member.is_some() && self.request.headers().contains_key(IDEMPOTENCY_KEY);
        method.is_safe() || (*method == Method::POST && keyed())
    }
}

/// As the client wrote it, without a trailing slash.
fn path_and_query(uri: &Uri) -> Result<PathAndQuery, SendRequestError> {
    let path = without_trailing_slash(uri.path());
    let whole = match (uri.path_and_query(), uri.query()) {
        (Some(same), _) if path.len() == uri.path().len() => return Ok(same.clone()),
        (_, Some(query)) => format!("{path}?{query}"),
        (_, None) => path.to_owned(),
    };
    PathAndQuery::try_from(whole).map_err(|error| SendRequestError::Http(error.into()))
}

/// The connection ended before an answer began, or there was none.
fn is_gone(error: &SendRequestError) -> bool {
    use awc::error::{ConnectError as Connect, SendRequestError as Error};
    matches!(
        error,
        Error::Connect(Connect::Disconnected | Connect::Io(_))
            | Error::Send(_)
            | Error::Response(_)
    )
}

fn kind(error: &SendRequestError) -> &'static str {
    match error {
        SendRequestError::Connect(ConnectError::Disconnected) => "broken",
        SendRequestError::Connect(_) => "connect",
        _ => "broken",
    }
}

fn pass_back(answer: ClientResponse, head_only: bool, route: &Route) -> HttpResponse {
    let status = answer.status();
    let mut headers = HeaderMap::new();
    let mut answer = answer.map_body(|head, payload| {
        std::mem::swap(head.headers_mut(), &mut headers);
        payload
    });
    strip_answer(&mut headers);
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let size = match (status, length) {
        (StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED, _) => BodySize::None,
        (_, Some(length)) => BodySize::Sized(length),
        (_, None) if head_only => BodySize::None,
        (_, None) => BodySize::Stream,
    };
    let body = Download::new(answer.take_payload(), size, route.timeout);
    let mut response = HttpResponse::with_body(status, BoxBody::new(body.boxed()));
    *response.headers_mut() = headers;
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

struct Carrier<'h>(&'h mut HeaderMap);

impl Injector for Carrier<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
