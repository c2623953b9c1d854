//! Logs as JSON lines with `trace_id` and `request_id`, traces over OTLP when an endpoint is set, W3C trace context.

mod lines;
mod output;

use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, registry};

use crate::{Settings, StartError};

pub use lines::json_lines;
use output::Output;

/// Sends what is left when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    lines: Output,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.traces.as_ref().map(SdkTracerProvider::shutdown) {
            tracing::debug!(%error, "traces could not be flushed");
        }
        self.lines.send();
    }
}

/// Starts logs and traces for this process; `service` is the name both carry.
pub fn init(service: &'static str, settings: &Settings) -> Result<Telemetry, StartError> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let lines = Output::start()?;
    let logs = json_lines(service, lines.clone());
    let logs = logs.with_filter(wanted(settings)?.and(filter_fn(|said| said.is_event())));
    let Some(endpoint) = &settings.otel_exporter_otlp_endpoint else {
        // Nobody wants spans, and so none is made, neither here nor for a statement: but only if each layer has a filter of
        // its own, and there is no layer that wants nothing. See `observe`.
        registry().with(logs).try_init()?;
        return Ok(Telemetry { traces: None, lines });
    };
    let provider = tracer_provider(service, settings, endpoint)?;
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("damacorch"))
        .with_location(false)
        .with_threads(false);
    registry().with(logs).with(traces.with_filter(wanted(settings)?)).try_init()?;
    Ok(Telemetry { traces: Some(provider), lines })
}

/// What `LOG_LEVEL` lets through, and may.
fn wanted<S>(settings: &Settings) -> Result<impl Filter<S> + use<S>, String> {
    let level = EnvFilter::try_new(&settings.log_level);
    let level = level.map_err(|error| format!("setting LOG_LEVEL: {error}"))?;
    Ok(level.and(filter_fn(|said| !tells_who_is_asked(said))))
}

/// Who speaks with others for us tells, below a warning, whom we ask and with what: at members' addresses, in their names. No
/// `LOG_LEVEL` lets that out.
fn tells_who_is_asked(said: &Metadata<'_>) -> bool {
    const ASKING: [&str; 6] = ["h2", "hickory", "hyper", "reqwest", "rustls", "tower_http"];
    let is_asking = ASKING.iter().any(|name| said.target().starts_with(name));
    is_asking && *said.level() > Level::WARN
}

fn tracer_provider(
    service: &'static str,
    settings: &Settings,
    endpoint: &str,
) -> Result<SdkTracerProvider, StartError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(service).build())
        .with_batch_exporter(exporter);
    if settings.otel_traces_sampler.is_some() {
        // The SDK reads it from the environment, and its argument too.
        return Ok(provider.build());
    }
    let share = Sampler::TraceIdRatioBased(settings.otel_traces_sampler_arg);
    Ok(provider.with_sampler(Sampler::ParentBased(Box::new(share))).build())
}
