//! Traces and logs: one trace through everything, and nobody's secrets in it.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry::{global, trace::SpanContext};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use reqwest::Method;
use serde_json::json;
use testkit::Answer;
use tokio::io::AsyncWriteExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::platform::{Platform, TABLES};
use crate::{sign_up, take_test, until};

/// Everything this process has said since the first platform in it was started: the other tests' spans and lines are
/// among it.
pub(crate) static SAID: LazyLock<Said> = LazyLock::new(Said::listen);

pub(crate) struct Said {
    spans: InMemorySpanExporter,
    lines: Lines,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Said {
    fn listen() -> Self {
        global::set_text_map_propagator(TraceContextPropagator::new());
        let (spans, lines) = (InMemorySpanExporter::default(), Lines::default());
        let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
        // Debug, so that what is only said in a hunt for a fault is listened to as well.
        let filter = EnvFilter::new(
            "info,gateway=debug,auth=debug,catalog=debug,analysis=debug,quest=debug,events=debug",
        );
        tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")))
            .with(chassis::telemetry::json_lines("whole", lines.clone()).with_filter(filter))
            .init();
        // Kept for the life of the process: the spans go through it.
        std::mem::forget(provider);
        Said { spans, lines }
    }

    fn spans_of(&self, trace: TraceId) -> Vec<SpanData> {
        let all = self.spans.get_finished_spans().unwrap();
        all.into_iter().filter(|span| span.span_context.trace_id() == trace).collect()
    }

    /// The trace of a request, as its line at the door says it.
    fn trace_of(&self, request_id: &str) -> TraceId {
        let lines = self.lines();
        let mut lines =
            lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let line =
            lines.find(|line| line["request_id"] == request_id && line["message"] == "request");
        TraceId::from_hex(line.unwrap()["trace_id"].as_str().unwrap()).unwrap()
    }

    fn lines(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn one_trace_leads_from_the_door_to_the_statement_and_over_the_event() {
    let platform = Platform::start().await;
    let (stranger, request_id) = ("0af7651916cd43dd8448eb211c80319c", "a-traced-request");
    let body = json!({
        "email": "traced@example.com", "password": "correct horse battery", "name": "traced", "over_14": true,
    });
    let request = platform.request(Method::POST, "/api/auth/signup", None).json(&body);
    let request = request.header("traceparent", format!("00-{stranger}-b7ad6b7169203331-01"));
    Answer::of(request.header("x-request-id", request_id)).await.expect(201);

    let stranger = TraceId::from_hex(stranger).unwrap();
    let trace = SAID.trace_of(request_id);
    let consumed = until(async || {
        let spans = SAID.spans_of(trace);
        spans.iter().any(|span| span.name.contains("member.registered")).then_some(spans)
    })
    .await;

    let requests: Vec<&SpanData> =
        consumed.iter().filter(|span| span.name == "POST /api/auth/signup").collect();
    let at_the_door = requests.iter().find(|span| span.parent_span_id == SpanId::INVALID);
    let door = at_the_door.expect("the trace begins at the door");
    let linked: Vec<_> = door.links.iter().map(|link| link.span_context.trace_id()).collect();
    assert_eq!(linked, [stranger]);
    assert!(SAID.spans_of(stranger).is_empty(), "a stranger's trace is not ours");
    // Between door and service there may be a span of the call.
    let descends = |span: &SpanData, ancestor: &SpanContext| {
        let mut at = span.parent_span_id;
        while at != SpanId::INVALID {
            if at == ancestor.span_id() {
                return true;
            }
            let next = consumed.iter().find(|other| other.span_context.span_id() == at);
            at = next.map_or(SpanId::INVALID, |next| next.parent_span_id);
        }
        false
    };
    let in_auth = requests.iter().find(|span| descends(span, &door.span_context));
    let in_auth = in_auth.expect("auth's span is the door's descendant");
    let statement = consumed.iter().find(|span| {
        descends(span, &in_auth.span_context) && format!("{span:?}").contains("INSERT INTO")
    });
    statement.expect("a statement is the descendant of auth's span");
    let applied = consumed.iter().filter(|span| span.name.contains("member.registered"));
    let mut applied = applied.filter(|span| descends(span, &in_auth.span_context));
    applied.next().expect("whoever applies the event descends from the change");
}

/// A mail server that takes no letter, and says of whose it speaks.
async fn talkative_server() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"550 <secretive@example.com> is not here\r\n").await;
        }
    });
    address
}

#[tokio::test]
async fn no_line_and_no_span_holds_a_secret_or_a_person() {
    let smtp = [
        ("SMTP_URL", &*format!("smtp://{}", talkative_server().await)),
        ("MAIL_FROM", "damacorch <no-reply@example.org>"),
    ];
    let platform = Platform::start_told(testkit::Database::create(TABLES).await, &smtp).await;
    let member = sign_up(&platform, "secretive").await;
    let token = Some(member.token.as_str());
    take_test(&platform, &member).await;
    let note = "a note that is nobody's business";
    let check = json!({
        "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5, "note": note,
    });
    platform.post("/api/self-check/submit", token, check).await.expect(201);
    platform.get("/api/home", token).await.expect(200);
    let wrong = json!({"email": "secretive@example.com", "password": "a wrong password"});
    platform.post("/api/auth/login", None, wrong).await.expect(401);
    let broken =
        json!({"email": "secretive@example.com", "password": "correct horse battery", "x": 1});
    platform.post("/api/auth/signup", None, broken).await.expect(400);
    platform.get("/api/auth/me?token=secretive@example.com", Some("not.a.token")).await.expect(401);
    let forgot = json!({"email": "secretive@example.com"});
    platform.post("/api/auth/password/forgot", None, forgot).await.expect(202);
    let reset = json!({"token": "a-token-by-mail", "new": "a password to be"});
    platform.post("/api/auth/password/reset", None, reset).await.expect(422);
    let given_up = r#""message":"a letter is given up""#;
    until(async || (SAID.lines().matches(given_up).count() >= 2).then_some(())).await;

    let (lines, spans) = (SAID.lines(), format!("{:?}", SAID.spans.get_finished_spans().unwrap()));
    assert!(lines.contains("\"route\":\"/api/auth/signup\""), "it was listened to");
    assert!(spans.contains("/api/auth/signup"), "it was listened to");
    for secret in [
        "secretive@example.com",
        "correct horse battery",
        "a wrong password",
        note,
        &member.token,
        "not.a.token",
        "a-token-by-mail",
        "a password to be",
        "$argon2id$",
    ] {
        for said in [&lines, &spans] {
            let at = said.find(secret);
            let around = at.map(|at| &said[at.saturating_sub(300)..(at + 80).min(said.len())]);
            assert!(around.is_none(), "{secret} was said: {around:?}");
        }
    }
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        if line["message"] == "request" {
            assert!(line["trace_id"].is_string() && line["request_id"].is_string(), "{line}");
        }
    }
}
