//! What is counted.

use std::sync::LazyLock;

use prometheus::{IntCounterVec, register_int_counter_vec};

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static IMPORTS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "sns_imports_total",
        "Imports that went to their end, were paused or failed, by kind of channel and why.",
        &["kind", "outcome"]
    )
    .expect("registered once")
});

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static REVOCATIONS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "sns_revocations_total",
        "Tokens that were given back, or could not be yet.",
        &["outcome"]
    )
    .expect("registered once")
});
