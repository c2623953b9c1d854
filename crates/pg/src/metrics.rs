//! What Prometheus sees of the database: how long requests wait for a connection, and what failed.

#![expect(
    clippy::expect_used,
    reason = "names and labels are constants; any use of them proves them"
)]

use std::sync::LazyLock;

use prometheus::{
    Histogram, IntCounterVec, exponential_buckets, histogram_opts, register_histogram,
    register_int_counter_vec,
};

use crate::error::Failure;

/// `db_pool_wait_seconds`: from asking the pool to having a connection or an error.
pub(crate) static POOL_WAIT: LazyLock<Histogram> = LazyLock::new(|| {
    let buckets = exponential_buckets(0.000_1, 4.0, 9).expect("positive start, factor above one");
    register_histogram!(histogram_opts!(
        "db_pool_wait_seconds",
        "Waiting for a database connection",
        buckets
    ))
    .expect("registered once")
});

/// `db_failures_total{kind}`: how often the database was not available, by what was being done.
pub(crate) static FAILURES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!("db_failures_total", "The database was not available", &["kind"])
        .expect("registered once")
});

/// Shows each kind of failure before the first one: a counter that begins at 1 has not risen, for whoever watches its rate.
pub(crate) fn show_failures() {
    for failure in Failure::ALL {
        FAILURES.with_label_values(&[failure.label()]);
    }
}
