//! Logs as JSON lines with `trace_id` and `request_id`, traces over OTLP when an endpoint is set, W3C trace context.

use std::fmt;

use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::{Clock, Settings, StartError};

/// Sends what is left when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct Telemetry(SdkTracerProvider);

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::debug!(%error, "traces could not be flushed");
        }
    }
}

/// Starts logs and traces for this process; `service` is the name both carry.
pub fn init(service: &'static str, settings: &Settings) -> Result<Telemetry, StartError> {
    let filter = EnvFilter::try_new(&settings.log_level)
        .map_err(|error| format!("setting LOG_LEVEL: {error}"))?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = tracer_provider(service, settings)?;
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("damacorch"))
        .with_location(false)
        .with_threads(false);
    let logs = json_lines(service, std::io::stdout);
    tracing_subscriber::registry().with(filter).with(traces).with(logs).try_init()?;
    Ok(Telemetry(provider))
}

/// Logs as lines of flat JSON.
pub fn json_lines<S, W>(service: &'static str, writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(JsonLines { service, clock: Clock::system() })
        .with_writer(writer)
}

fn tracer_provider(
    service: &'static str,
    settings: &Settings,
) -> Result<SdkTracerProvider, StartError> {
    let builder = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(service).build());
    let Some(endpoint) = &settings.otel_exporter_otlp_endpoint else {
        // Nothing is sent, but every request still has a trace id for the logs and the next service.
        return Ok(builder.with_sampler(Sampler::AlwaysOff).build());
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()?;
    let share = Sampler::TraceIdRatioBased(settings.otel_traces_sampler_arg);
    Ok(builder
        .with_sampler(Sampler::ParentBased(Box::new(share)))
        .with_batch_exporter(exporter)
        .build())
}

/// One event as one flat JSON object: what it says, and the ids of the request it belongs to.
struct JsonLines {
    service: &'static str,
    clock: Clock,
}

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        line.insert("time".into(), self.clock.now().to_string().into());
        line.insert("level".into(), event.metadata().level().as_str().into());
        line.insert("service".into(), self.service.into());
        line.insert("target".into(), event.metadata().target().into());
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let Some(fields) = extensions.get::<FormattedFields<JsonFields>>() else {
                continue;
            };
            let Ok(fields) = serde_json::from_str::<Map<String, Value>>(fields) else {
                continue;
            };
            for (name, value) in fields {
                if name == "trace_id" || name == "request_id" {
                    line.insert(name, value);
                }
            }
        }
        event.record(&mut Fields(&mut line));
        writeln!(writer, "{}", Value::Object(line))
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
