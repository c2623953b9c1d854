//! The services behind the door: what is known of each, and how a worker reaches it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use actix_web::http::uri::Authority;
use awc::{Client, Connector};
use chassis::StartError;
use client::{Breaker, Budget};
use identity::GATEWAY;
use identity::assertion::AssertionSigner;
use identity::keys::SigningKey;

use crate::metrics::{CIRCUIT_OPEN, UPSTREAM_FAILURES};
use crate::settings::BaseUrl;

/// Members whose assertion for one service is remembered.
const REMEMBERED: u64 = 50_000;

/// Actix closes idle connections after 5 s; we let go of them sooner.
const IDLE: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(1);

/// Connections of one worker to one service: a service that hangs cannot use up what others need.
const CONNECTIONS: usize = 512;

/// Second tries that are saved up: when a service restarts, many pooled connections go stale at once.
const RETRIES: u32 = 500;

/// One service, shared by all workers.
pub(crate) struct Upstream {
    pub(crate) name: Box<str>,
    pub(crate) authority: Authority,
    pub(crate) host: HeaderValue,
    pub(crate) signer: AssertionSigner,
    pub(crate) breaker: Breaker,
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
        CIRCUIT_OPEN.with_label_values(&[&*self.name]).set(self.breaker.is_open().into());
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
            let authority = base_url.authority().clone();
            Ok(Upstream {
                name: name.as_str().into(),
                host: HeaderValue::from_str(authority.as_str())?,
                authority,
                signer: AssertionSigner::new(GATEWAY, name, key.clone(), REMEMBERED),
                breaker: Breaker::new(),
                retries: Budget::new(RETRIES, RETRIES),
            })
        };
        let all: Result<_, StartError> = services.iter().map(upstream).collect();
        Ok(Upstreams(all?))
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Upstream> {
        self.0.iter()
    }
}

/// One worker's way to every service: a pool of connections for each, and none for second tries.
pub(crate) struct Connections {
    upstreams: Upstreams,
    pooled: Vec<Client>,
    fresh: Client,
}

/// One worker's way to one service.
#[derive(Clone, Copy)]
pub(crate) struct Way<'w> {
    pub(crate) upstream: &'w Upstream,
    pub(crate) pooled: &'w Client,
    /// Every request opens a connection of its own.
    pub(crate) fresh: &'w Client,
}

impl Connections {
    /// Belongs to the worker that makes it.
    pub(crate) fn new(upstreams: Upstreams) -> Self {
        Connections {
            pooled: upstreams.iter().map(|_| client(CONNECTIONS, IDLE)).collect(),
            fresh: client(0, Duration::ZERO),
            upstreams,
        }
    }

    /// The way to the upstream at this place, which the route table has looked up.
    pub(crate) fn to(&self, place: usize) -> Way<'_> {
        Way { upstream: &self.upstreams.0[place], pooled: &self.pooled[place], fresh: &self.fresh }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Way<'_>> {
        (0..self.pooled.len()).map(|place| self.to(place))
    }
}

/// Asks as it is told and no more: no redirects, no headers of its own, no deadline (whoever asks keeps time).
fn client(connections: usize, idle: Duration) -> Client {
    let connector = Connector::new().limit(connections).conn_keep_alive(idle).timeout(CONNECT);
    Client::builder()
        .connector(connector)
        .disable_redirects()
        .disable_timeout()
        .no_default_headers()
        .finish()
}
