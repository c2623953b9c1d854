//! The middleware around every request: its id, its span, its metrics, its deadline, and the body of its error.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{FutureExt, SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, global};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use problem::{Arrival, Problem, RequestId};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::{NoContext, Uuid};

use crate::metrics::{self, InFlight};
use crate::{Draining, Settings};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The template of a request's route, or none where there is no such route: put into every request's extensions by who
/// routes without the framework, the gateway.
#[derive(Clone, Debug)]
pub struct RouteTemplate(pub Option<Arc<str>>);

/// Wraps a whole app: `App::new().wrap(from_fn(observe))`. Wants [`Settings`] and [`Draining`] in the app's data.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    // Asked before the span is made: a name given later is lost.
    let told = request.extensions().get::<RouteTemplate>().cloned();
    let at_the_door = told.is_some();
    let template = match told {
        Some(RouteTemplate(template)) => template.map(|template| template.to_string()),
        None => request.match_pattern(),
    };
    let route = template.unwrap_or_else(|| "unmatched".to_owned());
    let method = request.method().clone();
    let request_id = request_id(request.headers());
    let body = Arrival::default();
    request.extensions_mut().insert(RequestId(request_id.clone()));
    request.extensions_mut().insert(body.clone());
    let _running = InFlight::begin();

    let span = tracing::info_span!(
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = %route,
        http.response.status_code = tracing::field::Empty,
        otel.status_code = tracing::field::Empty,
        request_id = %request_id,
    );
    let context =
        trace(&span, request.headers(), at_the_door).with_value(RequestId(request_id.clone()));

    // The request itself cannot be kept: Actix wants to be its only owner while it routes.
    let path = request.path().to_owned();
    let draining = request.app_data::<web::Data<Draining>>().cloned();
    let deadline = request
        .app_data::<web::Data<Settings>>()
        .map_or(Duration::from_secs(10), |settings| Duration::from_secs(settings.request_timeout));

    async {
        let answered = tokio::time::timeout(deadline, next.call(request)).await;
        let (request, response) = match answered {
            Ok(Ok(answer)) => {
                let (request, response) = answer.into_parts();
                (Some(request), response.map_into_boxed_body())
            }
            Ok(Err(error)) => (None, HttpResponse::from_error(error)),
            Err(_late) => {
                let late = if body.is_awaited() {
                    Problem::from_status(StatusCode::REQUEST_TIMEOUT)
                        .detail("The body did not arrive in time")
                } else {
                    Problem::unavailable(1).detail("The answer took too long")
                };
                (None, late.error_response())
            }
        };
        let mut response = problem::finish(&path, &request_id, response);
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            headers.insert(REQUEST_ID, value);
        }
        // Asked now: the stop may have begun while the request ran.
        if draining.is_some_and(|flag| flag.has_begun()) {
            // Actix writes this header itself and looks at nothing else.
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        let status = response.status();
        let took = started.elapsed();
        let span = tracing::Span::current();
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        metrics::observe_request(known(method.as_str()), &route, status.as_u16(), took);
        let (method, status) = (method.as_str(), status.as_u16());
        let duration_ms = took.as_micros() as f64 / 1000.0;
        if at_the_door {
            tracing::info!(method, route, status, duration_ms, "request");
        } else {
            // The door has told of it, under the same ids.
            tracing::debug!(method, route, status, duration_ms, "request");
        }
        match request {
            Some(request) => Ok(ServiceResponse::new(request, response)),
            None => Err(InternalError::from_response("refused", response).into()),
        }
    }
    .with_context(context)
    .instrument(span)
    .await
}

/// The trace that the request belongs to, and our place in it. Where nobody collects traces, nothing is recorded; the ids
/// are made and handed on all the same.
///
/// At the door it is a new one, with a link to the client's: a stranger's flag, or their choice of a number, would decide for us
/// what is recorded, and the number may be that of somebody else's trace.
fn trace(span: &tracing::Span, headers: &HeaderMap, at_the_door: bool) -> Context {
    let told = global::get_text_map_propagator(|propagator| propagator.extract(&Headers(headers)));
    let known = told.span().span_context().clone();
    if span.set_parent(if at_the_door { Context::new() } else { told }).is_ok() {
        if at_the_door && known.is_valid() {
            span.add_link(known);
        }
        return span.context();
    }
    let ids = RandomIdGenerator::default();
    let (trace_id, state) = match known.is_valid() && !at_the_door {
        true => (known.trace_id(), known.trace_state().clone()),
        false => (ids.new_trace_id(), TraceState::NONE),
    };
    let ours = SpanContext::new(trace_id, ids.new_span_id(), TraceFlags::default(), false, state);
    Context::new().with_remote_span_context(ours)
}

/// The caller's request id when it is a sane one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (8..=64).contains(&id.len()))
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        .map_or_else(new_id, str::to_owned)
}

/// In the order of time, but not within a millisecond: that would take a lock.
fn new_id() -> String {
    Uuid::new_v7(uuid::Timestamp::now(NoContext)).to_string()
}

/// A method as a label: strangers may invent methods, and must not invent series.
fn known(method: &str) -> &str {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method,
        _ => "other",
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
