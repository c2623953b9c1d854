//! What auth counts besides what every service does.

use std::sync::LazyLock;

use prometheus::{IntCounterVec, IntGauge, register_int_counter_vec, register_int_gauge};

use crate::domain::mail_tokens::Purpose;

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

/// Unix time, in seconds.
#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
pub(crate) static SIGNING_KEY_FROM: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!(
        "auth_signing_key_from_seconds",
        "Since when the key has signed that signs access tokens now."
    )
    .expect("registered once")
});

/// Shows each outcome before the first letter: a counter that begins at 1 has not risen, for whoever watches its rate.
pub(crate) fn show_mails() {
    for purpose in Purpose::ALL {
        for outcome in ["sent", "retried", "given_up"] {
            MAILS.with_label_values(&[purpose.name(), outcome]);
        }
    }
}
