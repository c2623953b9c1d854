//! Prometheus metrics that every service has. Labels are route templates, never paths: strangers cannot add series.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus::{HistogramVec, IntGauge, TextEncoder, register_histogram_vec, register_int_gauge};

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static REQUESTS: LazyLock<HistogramVec> = LazyLock::new(|| {
    register_histogram_vec!(
        "http_server_request_duration_seconds",
        "Time from the request's head to the answer's head, by route template.",
        &["method", "route", "status"],
        vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]
    )
    .expect("registered once")
});

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static IN_FLIGHT: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!("http_server_requests_in_flight", "Requests being answered now.")
        .expect("registered once")
});

/// Counts one answer.
pub fn observe_request(method: &str, route: &str, status: u16, took: Duration) {
    let mut digits = [0; 3];
    REQUESTS
        .with_label_values(&[method, route, status_text(status, &mut digits)])
        .observe(took.as_secs_f64());
}

fn status_text(status: u16, digits: &mut [u8; 3]) -> &str {
    *digits = [status / 100, status / 10 % 10, status % 10].map(|digit| b'0' + digit as u8);
    std::str::from_utf8(digits).unwrap_or("000")
}

/// Counts a request as running until the guard is dropped, so that a cancelled request is not counted for ever.
pub(crate) struct InFlight;

impl InFlight {
    pub(crate) fn begin() -> Self {
        IN_FLIGHT.inc();
        InFlight
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        IN_FLIGHT.dec();
    }
}

/// All metrics of the process in Prometheus' text format.
pub fn render() -> String {
    TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap_or_default()
}
