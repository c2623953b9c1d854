//! What can be seen of events from outside.

use std::sync::LazyLock;

use prometheus::{
    GaugeVec, IntCounterVec, IntGaugeVec, register_gauge_vec, register_int_counter_vec,
    register_int_gauge_vec,
};

/// Events committed by this process.
#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static PUBLISHED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "events_published_total",
        "Events committed to the log, by type.",
        &["type"]
    )
    .expect("registered once")
});

/// What became of events that were read.
#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static CONSUMED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "events_consumed_total",
        "Events read, by what became of them: applied, duplicate, failed (once for each attempt), parked.",
        &["consumer", "type", "outcome"]
    )
    .expect("registered once")
});

/// How far a consumer is behind.
#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static LAG: LazyLock<GaugeVec> = LazyLock::new(|| {
    register_gauge_vec!(
        "events_lag_seconds",
        "Age of the oldest event that the consumer has not read.",
        &["consumer"]
    )
    .expect("registered once")
});

/// How much waits for a repair.
#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static PARKED: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    register_int_gauge_vec!(
        "events_parked",
        "Events that failed again and again, and those that wait behind them; 1000 means at least 1000.",
        &["consumer"]
    )
    .expect("registered once")
});
