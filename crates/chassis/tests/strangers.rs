//! Whether a trace is recorded is decided at the door, and nobody outside decides it. A process has one subscriber, so this is a
//! process of its own.

use actix_web::dev::Service;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpMessage, HttpResponse, test, web};
use chassis::{RouteTemplate, observe};
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[actix_web::test]
async fn a_strangers_flag_forces_nothing_and_the_doors_flag_holds() {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let spans = InMemorySpanExporter::default();
    let none = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    let provider =
        SdkTracerProvider::builder().with_simple_exporter(spans.clone()).with_sampler(none).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing_subscriber::registry().with(layer).init();

    for (at_the_door, recorded) in [(true, 0), (false, 1)] {
        let app = App::new()
            .wrap(from_fn(observe))
            .wrap_fn(move |request, next| {
                if at_the_door {
                    request.extensions_mut().insert(RouteTemplate(Some("/".into())));
                }
                next.call(request)
            })
            .route("/", web::get().to(HttpResponse::Ok));
        let app = test::init_service(app).await;
        let flagged = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let request = test::TestRequest::get().uri("/").insert_header(("traceparent", flagged));
        assert!(test::call_service(&app, request.to_request()).await.status().is_success());
        assert_eq!(
            spans.get_finished_spans().unwrap().len(),
            recorded,
            "at the door: {at_the_door}"
        );
    }
}
