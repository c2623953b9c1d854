//! What auth counts besides what every service does.

use std::sync::LazyLock;

use prometheus::{IntCounterVec, register_int_counter_vec};

/// By purpose, and by outcome: `sent`, `retried`, `given_up`.
#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static MAILS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "auth_mails_total",
        "Attempts to send a letter, by how they ended.",
        &["purpose", "outcome"]
    )
    .expect("registered once")
});

/// By quota.
#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static QUOTAS_SPENT: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "auth_quotas_spent_total",
        "Requests that came when nothing was left of a quota.",
        &["quota"]
    )
    .expect("registered once")
});
