//! What the gateway counts. Labels are names out of the route table and the settings: strangers cannot add series.

use std::sync::LazyLock;

use prometheus::{
    IntCounterVec, IntGauge, IntGaugeVec, register_int_counter_vec, register_int_gauge,
    register_int_gauge_vec,
};

macro_rules! metric {
    ($(#[$about:meta])* $name:ident: $type:ty = $register:expr) => {
        $(#[$about])*
        #[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
        pub(crate) static $name: LazyLock<$type> =
            LazyLock::new(|| $register.expect("registered once"));
    };
}

metric! {
    /// By reason: see `identity::Refusal::label`; `missing`, and `role` for a known member without the role.
    REFUSED_CALLERS: IntCounterVec = register_int_counter_vec!(
        "gateway_refused_callers_total", "Requests refused for who asked.", &["reason"])
}
metric! {
    /// By rate class.
    RATE_LIMITED: IntCounterVec = register_int_counter_vec!(
        "gateway_rate_limited_total", "Requests refused with 429.", &["class"])
}
metric! {
    /// By upstream and kind: `connect`, `broken`, `late`, `circuit`.
    UPSTREAM_FAILURES: IntCounterVec = register_int_counter_vec!(
        "gateway_upstream_failures_total", "Requests that an upstream did not answer.", &["upstream", "kind"])
}
metric! {
    /// By upstream.
    UPSTREAM_RETRIES: IntCounterVec = register_int_counter_vec!(
        "gateway_upstream_retries_total", "Requests sent a second time on a fresh connection.", &["upstream"])
}
metric! {
    /// By upstream: 1 while requests are refused without asking it.
    CIRCUIT_OPEN: IntGaugeVec = register_int_gauge_vec!(
        "gateway_upstream_circuit_open", "Whether the circuit of an upstream is open.", &["upstream"])
}
metric! {
    /// By outcome: `taken`, `refused`.
    RELOADS: IntCounterVec = register_int_counter_vec!(
        "gateway_route_table_reloads_total", "Reloads of the route table.", &["outcome"])
}
metric! {
    /// Unix time, in seconds; 0 before the first.
    REVOCATIONS_ASKED_AT: IntGauge = register_int_gauge!(
        "gateway_revocations_asked_at_seconds", "When auth last told the ended sessions.")
}
metric! {
    /// Sessions whose access tokens are refused.
    REVOCATIONS_HELD: IntGauge = register_int_gauge!(
        "gateway_revocations_held", "Ended sessions whose access tokens have not expired.")
}
