//! One event as one line of flat JSON: what it says, and the ids of the request it belongs to.

use std::fmt;

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::Clock;

/// Logs as lines of flat JSON.
pub fn json_lines<S, W>(service: &'static str, writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .fmt_fields(Ids)
        .event_format(JsonLines { service, clock: Clock::system() })
        .with_writer(writer)
}

struct JsonLines {
    service: &'static str,
    clock: Clock,
}

impl<S> FormatEvent<S, Ids> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Ids>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (level, target) = (event.metadata().level(), event.metadata().target());
        let (time, service) = (self.clock.now(), self.service);
        write!(
            writer,
            r#"{{"time":"{time}","level":"{level}","service":"{service}","target":"{target}""#
        )?;
        for span in context.event_scope().into_iter().flatten() {
            if let Some(ids) = span.extensions().get::<FormattedFields<Ids>>() {
                writer.write_str(ids)?;
            }
        }
        Members::of(writer.by_ref(), |_| true).written(event)?;
        writer.write_str("}\n")
    }
}

/// Of a span's fields a line repeats the ids only; they are written once, when the span is told them.
struct Ids;

impl<'writer> FormatFields<'writer> for Ids {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        Members::of(writer, |name| matches!(name, "trace_id" | "request_id")).written(fields)
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

/// Writes fields as the further members of a JSON object, `,"name":value`.
struct Members<'writer> {
    writer: Writer<'writer>,
    wanted: fn(&str) -> bool,
    outcome: fmt::Result,
}

impl<'writer> Members<'writer> {
    fn of(writer: Writer<'writer>, wanted: fn(&str) -> bool) -> Self {
        Members { writer, wanted, outcome: Ok(()) }
    }

    fn written(mut self, fields: impl RecordFields) -> fmt::Result {
        fields.record(&mut self);
        self.outcome
    }

    fn put(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        let name = field.name();
        if self.outcome.is_ok() && (self.wanted)(name) {
            self.outcome = write!(self.writer, r#","{name}":{}"#, value());
        }
    }
}

impl Visit for Members<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, || format!("{value:?}").into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, || value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, || value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, || value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, || value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, || value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

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
    fn a_line_has_the_ids_of_the_request_around_it_and_nothing_else_of_it() {
        let line = line_of(|| {
            let request = tracing::info_span!(
                "request",
                request_id = "r-1",
                user_id = "u-1",
                trace_id = tracing::field::Empty
            );
            request.record("trace_id", "t-1");
            let _request = request.entered();
            let _inner = tracing::info_span!("inner", email = "minji@example.com").entered();
            tracing::info!("told");
        });
        assert_eq!((&line["request_id"], &line["trace_id"]), (&json!("r-1"), &json!("t-1")));
        assert!(line.get("user_id").is_none() && line.get("email").is_none(), "{line}");
    }
}
