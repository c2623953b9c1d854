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
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::Clock;

/// Logs as lines of flat JSON.
pub fn json_lines<S, W>(service: &'static str, writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .event_format(JsonLines { service, clock: Clock::system() })
        .with_writer(writer)
        // The ids come with the context, so that no span has to be made for the sake of lines.
        .with_filter(filter_fn(|said| said.is_event()))
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
