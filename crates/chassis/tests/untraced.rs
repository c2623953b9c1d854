//! Where nobody collects traces, nothing is made for them. A process has one subscriber, so this is a process of its own.

use chassis::{Settings, telemetry};

#[test]
fn no_span_is_made_where_nobody_collects_them() {
    let _telemetry = telemetry::init("untraced-test", &Settings::default()).unwrap();
    assert!(tracing::info_span!("a span of the test").is_disabled());
    assert!(tracing::event_enabled!(tracing::Level::INFO));
    assert!(!tracing::event_enabled!(tracing::Level::DEBUG));
}
