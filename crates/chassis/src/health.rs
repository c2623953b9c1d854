//! `/healthz` (may this process be sent requests?), `/livez` (is it alive?), `/metrics`.
//!
//! Readiness is written by whoever knows (the database is looked at once a second on a connection of its own) and only
//! read here, so a busy pool is not unready and an answer costs nothing. Liveness never asks anything.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use actix_web::{HttpResponse, web};
use serde::Serialize;

/// What still stands between this process and being ready. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    waiting: Arc<RwLock<BTreeMap<&'static str, String>>>,
}

impl Readiness {
    /// Says that `part` is not there yet, and why.
    pub fn wait_for(&self, part: &'static str, why: impl Into<String>) {
        if let Ok(mut waiting) = self.waiting.write() {
            waiting.insert(part, why.into());
        }
    }

    /// Says that `part` is there.
    pub fn reached(&self, part: &'static str) {
        let known = self.waiting.read().is_ok_and(|waiting| !waiting.contains_key(part));
        if known {
            return;
        }
        if let Ok(mut waiting) = self.waiting.write() {
            waiting.remove(part);
        }
    }

    /// Whether nothing is waited for.
    pub fn is_ready(&self) -> bool {
        self.waiting.read().is_ok_and(|waiting| waiting.is_empty())
    }

    fn report(&self) -> BTreeMap<&'static str, String> {
        self.waiting.read().map(|waiting| waiting.clone()).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    waiting_for: BTreeMap<&'static str, String>,
}

async fn healthz(readiness: web::Data<Readiness>) -> HttpResponse {
    let waiting_for = readiness.report();
    if waiting_for.is_empty() {
        HttpResponse::Ok().json(Health { status: "ok", waiting_for })
    } else {
        HttpResponse::ServiceUnavailable().json(Health { status: "unavailable", waiting_for })
    }
}

async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok", waiting_for: BTreeMap::new() })
}

async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(crate::metrics::render())
}

/// The three routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.route("/healthz", web::get().to(healthz))
        .route("/livez", web::get().to(livez))
        .route("/metrics", web::get().to(metrics));
}
