//! One call to another service.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use opentelemetry::global;
use opentelemetry::propagation::Injector;
use prometheus::{
    IntCounterVec, IntGauge, IntGaugeVec, register_int_counter_vec, register_int_gauge_vec,
};
use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::breaker::Breaker;
use crate::budget::Budget;

const DEADLINE: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(50);
const TRIES: u32 = 3;
/// The largest answer that is read, in bytes: some thirty times the largest that there is, the catalog's library.
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;
const FIRST_RETRIES: u32 = 2;
const MOST_RETRIES: u32 = 10;

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static FAILURES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "client_failures_total",
        "Calls to another service that failed after all tries.",
        &["upstream", "kind"]
    )
    .expect("registered once")
});

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static CIRCUIT_OPEN: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    register_int_gauge_vec!(
        "client_circuit_open",
        "Whether calls to another service are refused without asking it.",
        &["upstream"]
    )
    .expect("registered once")
});

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answered in time, or the circuit is open.
    #[error("{service} is away: {why}")]
    Away {
        /// Who.
        service: &'static str,
        /// Why.
        why: String,
    },
    /// It answered with a status that is not a success.
    #[error("{service} answered {status}")]
    Refused {
        /// Who.
        service: &'static str,
        /// With what.
        status: StatusCode,
    },
    /// It answered more than is read, which is 8 MiB.
    #[error("{service} answered too much")]
    TooLarge {
        /// Who.
        service: &'static str,
    },
    /// It answered something that we do not read.
    #[error("{service} answered something unreadable")]
    Unreadable {
        /// Who.
        service: &'static str,
        /// Why.
        source: serde_json::Error,
    },
}

impl Error {
    /// Each [`Error::kind`].
    const KINDS: [&str; 4] = ["away", "refused", "too-large", "unreadable"];

    /// The metric's label.
    fn kind(&self) -> &'static str {
        match self {
            Error::Away { .. } => "away",
            Error::Refused { .. } => "refused",
            Error::TooLarge { .. } => "too-large",
            Error::Unreadable { .. } => "unreadable",
        }
    }
}

/// What a revalidation found.
#[derive(Debug)]
pub enum Fetched<T> {
    /// What is known still holds.
    Unchanged,
    /// Something new, and its ETag.
    New(T, Option<String>),
}

/// Proves who calls: the value of `X-Assertion`, made anew (or remembered) for each call.
pub type Proof = Arc<dyn Fn() -> Option<HeaderValue> + Send + Sync>;

/// Calls one service. Cheap to clone; clones share the breaker and the budget.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    service: &'static str,
    base_url: String,
    http: reqwest::Client,
    proof: Proof,
    breaker: Breaker,
    circuit_open: IntGauge,
    budget: Budget,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({} at {})", self.inner.service, self.inner.base_url)
    }
}

impl Client {
    /// A client of `service` at `base_url`; `proof` says who calls.
    ///
    /// # Errors
    /// When the TLS back end cannot be set up.
    pub fn new(
        service: &'static str,
        base_url: &str,
        proof: Proof,
    ) -> Result<Self, reqwest::Error> {
        // Services are called directly, whatever proxy the environment names for the outside.
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(DEADLINE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        // Shown before the first: a counter that begins at 1 has not risen, for whoever watches its rate.
        for kind in Error::KINDS {
            FAILURES.with_label_values(&[service, kind]);
        }
        let circuit_open = CIRCUIT_OPEN.with_label_values(&[service]);
        let (breaker, budget) = (Breaker::new(), Budget::new(FIRST_RETRIES, MOST_RETRIES));
        let inner = Inner { service, base_url, http, proof, breaker, circuit_open, budget };
        Ok(Client { inner: Arc::new(inner) })
    }

    /// Whom it calls.
    pub(crate) fn service(&self) -> &'static str {
        self.inner.service
    }

    /// Asks for a document.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        match self.get_if_changed(path, None).await? {
            Fetched::New(value, _) => Ok(value),
            Fetched::Unchanged => Err(Error::Refused {
                service: self.inner.service,
                status: StatusCode::NOT_MODIFIED,
            }),
        }
    }

    /// Asks for a document that may be known already by its ETag.
    pub async fn get_if_changed<T: DeserializeOwned>(
        &self,
        path: &str,
        etag: Option<&str>,
    ) -> Result<Fetched<T>, Error> {
        let fetched = self.fetch(path, etag).await;
        fetched.inspect_err(|error| {
            let labels = [self.inner.service, error.kind()];
            FAILURES.with_label_values(&labels).inc();
        })
    }

    async fn fetch<T: DeserializeOwned>(
        &self,
        path: &str,
        etag: Option<&str>,
    ) -> Result<Fetched<T>, Error> {
        let answer = self.send(path, etag).await?;
        if answer.status() == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        let etag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let body = self.read(answer).await?;
        let value = serde_json::from_slice(&body)
            .map_err(|source| Error::Unreadable { service: self.inner.service, source })?;
        Ok(Fetched::New(value, etag))
    }

    /// The whole body, counted as it comes: its length need not be told beforehand.
    async fn read(&self, mut answer: Response) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.away(&error))? {
            if chunk.len() > ANSWER_LIMIT - body.len() {
                return Err(Error::TooLarge { service: self.inner.service });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Tries until an answer, the deadline, or the end of the budget. Only reads go through here: they may be repeated.
    async fn send(&self, path: &str, etag: Option<&str>) -> Result<Response, Error> {
        let Inner { service, base_url, http, breaker, circuit_open, budget, .. } = &*self.inner;
        let url = format!("{base_url}{path}");
        let until = Instant::now() + DEADLINE;
        budget.earn();
        let mut tries = 0;
        loop {
            let Some(attempt) = breaker.enter() else {
                return Err(Error::Away { service, why: "the circuit is open".to_owned() });
            };
            tries += 1;
            let left = until.saturating_duration_since(Instant::now());
            let request = http.get(&url).headers(self.headers(etag)).timeout(left);
            let failure = match request.send().await {
                Ok(answer) if answer.status().is_server_error() => {
                    attempt.failed();
                    Error::Refused { service, status: answer.status() }
                }
                Ok(answer) => {
                    attempt.succeeded();
                    circuit_open.set(breaker.is_open().into());
                    let status = answer.status();
                    if status.is_success() || status == StatusCode::NOT_MODIFIED {
                        return Ok(answer);
                    }
                    return Err(Error::Refused { service, status });
                }
                Err(error) => {
                    attempt.failed();
                    self.away(&error)
                }
            };
            circuit_open.set(breaker.is_open().into());
            let pause = PAUSE * 2_u32.pow(tries - 1);
            if tries == TRIES || Instant::now() + pause >= until || !budget.spend() {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
        }
    }

    fn away(&self, error: &reqwest::Error) -> Error {
        let why = if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "no connection"
        } else {
            "the connection broke"
        };
        Error::Away { service: self.inner.service, why: why.to_owned() }
    }

    fn headers(&self, etag: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(tag) = etag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
            headers.insert(IF_NONE_MATCH, tag);
        }
        if let Some(assertion) = (self.inner.proof)() {
            headers.insert(HeaderName::from_static("x-assertion"), assertion);
        }
        global::get_text_map_propagator(|propagator| propagator.inject(&mut Carrier(&mut headers)));
        headers
    }
}

struct Carrier<'a>(&'a mut HeaderMap);

impl Injector for Carrier<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
