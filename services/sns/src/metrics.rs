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

/// Shows what alerts watch before it has happened: a counter that begins at 1 has not risen, for whoever watches its rate.
pub(crate) fn show() {
    for kind in ["feed", "mastodon", "bluesky", "oauth"] {
        for outcome in ["succeeded", "limited", "away", "refused", "unreadable"] {
            IMPORTS.with_label_values(&[kind, outcome]);
        }
    }
    for outcome in ["done", "retried"] {
        REVOCATIONS.with_label_values(&[outcome]);
    }
}
