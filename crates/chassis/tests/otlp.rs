//! Traces reach a receiver. A process has one subscriber, so this is a process of its own.

use chassis::{Settings, telemetry};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn spans_are_sent_to_the_endpoint_of_the_settings() {
    chassis::install_crypto();
    let receiver = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .and(header("content-type", "application/x-protobuf"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1..)
        .mount(&receiver)
        .await;
    let settings = Settings {
        otel_exporter_otlp_endpoint: Some(receiver.uri()),
        otel_traces_sampler_arg: 1.0,
        ..Settings::default()
    };
    let started = telemetry::init("otlp-test", &settings).unwrap();
    tracing::info_span!("a span of the test").in_scope(|| {});
    // What is left is sent at the end of the process, which is here.
    tokio::task::spawn_blocking(move || drop(started)).await.unwrap();

    let sent = receiver.received_requests().await.unwrap();
    let bodies: Vec<u8> = sent.into_iter().flat_map(|request| request.body).collect();
    let said = String::from_utf8_lossy(&bodies);
    assert!(said.contains("a span of the test") && said.contains("otlp-test"), "{said}");
}
