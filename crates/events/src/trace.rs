//! One trace from the change over its event to whoever applies it (W3C trace context).

use std::collections::HashMap;

use opentelemetry::global;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// The trace that this is done in, if there is one.
pub(crate) fn current() -> Option<String> {
    let mut carrier = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject(&mut carrier));
    carrier.remove(TRACEPARENT)
}

/// Makes `span` a child of the change that sent the event.
pub(crate) fn continue_from(span: &Span, traceparent: Option<&str>) {
    let Some(traceparent) = traceparent else {
        return;
    };
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = global::get_text_map_propagator(|propagator| propagator.extract(&carrier));
    // A span that is not recorded has no parent to take.
    let _ = span.set_parent(context);
}
