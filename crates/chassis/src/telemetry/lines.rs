//! One event as one line of flat JSON: what it says, and the ids of the request it belongs to.

use std::fmt::{self, Display};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use problem::RequestId;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::Clock;

/// Logs as lines of flat JSON. Their ids come with the context, so that no span has to be made for their sake.
pub fn json_lines<S, W>(service: &'static str, writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .event_format(JsonLines { service, clock: Clock::system() })
        .with_writer(writer)
}

struct JsonLines {
    service: &'static str,
    clock: Clock,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (level, target) = (event.metadata().level(), event.metadata().target());
        let (time, service) = (self.clock.now(), self.service);
        write!(
            writer,
            r#"{{"time":"{time}","level":"{level}","service":"{service}","target":"{target}""#
        )?;
        Context::map_current(|context| ids(context, &mut writer))?;
        Members { writer: writer.by_ref(), outcome: Ok(()) }.written(event)?;
        writer.write_str("}\n")
    }
}

/// The request's ids. A request id has letters, digits and hyphens only.
fn ids(context: &Context, writer: &mut Writer<'_>) -> fmt::Result {
    let span = context.span();
    if span.span_context().is_valid() {
        write!(writer, r#","trace_id":"{}""#, span.span_context().trace_id())?;
    }
    if let Some(RequestId(id)) = context.get() {
        write!(writer, r#","request_id":"{id}""#)?;
    }
    Ok(())
}

/// Writes fields as the further members of a JSON object, `,"name":value`.
struct Members<'writer> {
    writer: Writer<'writer>,
    outcome: fmt::Result,
}

impl Members<'_> {
    fn written(mut self, fields: impl RecordFields) -> fmt::Result {
        fields.record(&mut self);
        self.outcome
    }

    fn put(&mut self, field: &Field, value: impl Display) {
        if self.outcome.is_ok() {
            self.outcome = write!(self.writer, r#","{}":{value}"#, field.name());
        }
    }
}

impl Visit for Members<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::from(format!("{value:?}")));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::from(value));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::from(value));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use serde_json::json;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn line_of(say: impl FnOnce()) -> Value {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = json_lines("quest", move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), say);
        let lines = lines.0.lock().unwrap();
        assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 1);
        serde_json::from_slice(&lines).unwrap()
    }

    #[test]
    fn a_line_says_what_its_event_says() {
        let line = line_of(|| {
            tracing::warn!(route = "/a\"b", count = 3, share = 0.5, open = true, cause = ?"\n", "told {}", 1);
        });
        let expected = json!({
            "level": "WARN", "service": "quest", "message": "told 1",
            "route": "/a\"b", "count": 3, "share": 0.5, "open": true, "cause": "\"\\n\"",
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name}");
        }
        assert!(line["target"].as_str().unwrap().starts_with("chassis"));
        assert!(line["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    }

    #[test]
    fn a_line_has_the_ids_of_the_request_around_it_and_nothing_of_its_spans() {
        let line = line_of(|| {
            let trace = SpanContext::new(
                TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
                SpanId::from(1),
                TraceFlags::default(),
                false,
                TraceState::NONE,
            );
            let request = Context::new().with_remote_span_context(trace);
            let _request = request.with_value(RequestId("r-1".to_owned())).attach();
            let _inner = tracing::info_span!("inner", email = "minji@example.com").entered();
            tracing::info!("told");
        });
        assert_eq!(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(line["request_id"], "r-1");
        assert!(line.get("email").is_none(), "{line}");
    }
}
