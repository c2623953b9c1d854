//! The services behind the door: what is known of each, and how a worker reaches it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use chassis::StartError;
use client::{Breaker, Budget};
use identity::GATEWAY;
use identity::assertion::AssertionSigner;
use identity::keys::SigningKey;
use prometheus::IntGauge;

use crate::connections::Connections;
use crate::metrics::{CIRCUIT_OPEN, UPSTREAM_FAILURES, UPSTREAM_RETRIES};
use crate::settings::BaseUrl;

/// Second tries that are saved up: when a service restarts, many pooled connections go stale at once.
const RETRIES: u32 = 500;

/// How an upstream does not answer.
const FAILURES: [&str; 4] = ["connect", "broken", "late", "circuit"];

/// One service, shared by all workers.
pub(crate) struct Upstream {
    pub(crate) name: Box<str>,
    /// `host:port`.
    pub(crate) address: Box<str>,
    pub(crate) host: HeaderValue,
    pub(crate) signer: AssertionSigner,
    pub(crate) breaker: Breaker,
    circuit_open: IntGauge,
    pub(crate) retries: Budget,
}

impl Upstream {
    /// Counts a request that was not answered.
    pub(crate) fn count_failure(&self, kind: &'static str) {
        UPSTREAM_FAILURES.with_label_values(&[&*self.name, kind]).inc();
        self.show_circuit();
    }

    /// Shows in the metrics whether the circuit is open.
    pub(crate) fn show_circuit(&self) {
        self.circuit_open.set(self.breaker.is_open().into());
    }
}

/// Every service that the settings name, in the order of their names.
#[derive(Clone)]
pub(crate) struct Upstreams(Arc<[Upstream]>);

impl Upstreams {
    pub(crate) fn new(
        services: &BTreeMap<String, BaseUrl>,
        key: &SigningKey,
    ) -> Result<Self, StartError> {
        let upstream = |(name, base_url): (&String, &BaseUrl)| {
            let authority = base_url.authority();
            let port = authority.port_u16().unwrap_or(80);
            // Shown before the first: a counter that begins at 1 has not risen, for whoever watches its rate.
            for kind in FAILURES {
                UPSTREAM_FAILURES.with_label_values(&[name, kind]);
            }
            UPSTREAM_RETRIES.with_label_values(&[name]);
            Ok(Upstream {
                name: name.as_str().into(),
                host: HeaderValue::from_str(authority.as_str())?,
                address: format!("{}:{port}", authority.host()).into(),
                signer: AssertionSigner::new(GATEWAY, name, key.clone(), 0),
                breaker: Breaker::new(),
                circuit_open: CIRCUIT_OPEN.with_label_values(&[name]),
                retries: Budget::new(RETRIES, RETRIES),
            })
        };
        let all: Result<_, StartError> = services.iter().map(upstream).collect();
        Ok(Upstreams(all?))
    }

    /// The one at this place, which the route table has looked up.
    pub(crate) fn at(&self, place: usize) -> &Upstream {
        &self.0[place]
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Upstream> {
        self.0.iter()
    }
}

/// One worker's connections to every service.
pub(crate) struct Ways {
    upstreams: Upstreams,
    connections: Vec<Rc<Connections>>,
}

/// One worker's way to one service.
#[derive(Clone, Copy)]
pub(crate) struct Way<'w> {
    pub(crate) upstream: &'w Upstream,
    pub(crate) connections: &'w Rc<Connections>,
}

impl Ways {
    /// Belongs to the worker that makes it.
    pub(crate) fn new(upstreams: Upstreams) -> Self {
        let connections = upstreams.iter().map(|upstream| Connections::new(&upstream.address));
        Ways { connections: connections.collect(), upstreams }
    }

    /// The way to the upstream at this place.
    pub(crate) fn to(&self, place: usize) -> Way<'_> {
        Way { upstream: self.upstreams.at(place), connections: &self.connections[place] }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Way<'_>> {
        (0..self.connections.len()).map(|place| self.to(place))
    }
}
