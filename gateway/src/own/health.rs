//! `GET /health`: what each service answers just now. Measured for every request, in parallel, within a second.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_http::{ConnectionType, RequestHead};
use actix_web::HttpResponse;
use actix_web::http::Uri;
use actix_web::http::header::{CACHE_CONTROL, HOST, HeaderValue};
use futures_util::future::join_all;
use serde::Serialize;
use tokio::time::timeout;

use crate::upstream::{Way, Ways};

const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Health<'s> {
    status: Status,
    services: BTreeMap<&'s str, ServiceHealth>,
}

#[derive(Serialize)]
struct ServiceHealth {
    status: Status,
    latency_ms: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    /// It says that it is not ready.
    Unavailable,
    /// It says nothing.
    Away,
}

/// 200 when all are well, else 503.
pub(super) async fn answer(ways: &Ways) -> HttpResponse {
    let services: BTreeMap<_, _> = join_all(ways.iter().map(ask)).await.into_iter().collect();
    let all_well = services.values().all(|service| service.status == Status::Ok);
    let (mut response, status) = if all_well {
        (HttpResponse::Ok(), Status::Ok)
    } else {
        (HttpResponse::ServiceUnavailable(), Status::Unavailable)
    };
    response
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(Health { status, services })
}

/// On a connection of its own, past the circuit breaker: this is about the service, not about us.
async fn ask(way: Way<'_>) -> (&str, ServiceHealth) {
    let began = Instant::now();
    let mut question = RequestHead::default();
    question.uri = Uri::from_static("/healthz");
    question.headers.insert(HOST, way.upstream.host.clone());
    question.set_connection_type(ConnectionType::Close);
    let answer = timeout(PATIENCE, way.connections.ask_afresh(Rc::new(question))).await;
    let status = match answer {
        Ok(Ok(answer)) if answer.head.status.is_success() => Status::Ok,
        Ok(Ok(_)) => Status::Unavailable,
        Ok(Err(_)) | Err(_) => Status::Away,
    };
    let latency_ms = (began.elapsed().as_micros() as f64) / 1000.0;
    (&way.upstream.name, ServiceHealth { status, latency_ms })
}
