//! A service that says what it was sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What a service was sent.
#[derive(Clone, Debug)]
pub struct Seen {
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: usize,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice in {:?}", self.headers);
        value.map(|(_, value)| value.as_str())
    }
}

/// What the service says and remembers.
#[derive(Default)]
pub struct Script {
    pub seen: Mutex<Vec<Seen>>,
    pub jwks: Mutex<Option<Value>>,
    /// How often the keys were asked for.
    pub key_fetches: AtomicUsize,
    /// What auth says has ended, what it says to who asks for all (the same, where this is not set), and the
    /// questions it was asked.
    pub revocations: Mutex<Option<Value>>,
    pub all_revocations: Mutex<Option<Value>>,
    pub asked: Mutex<Vec<String>>,
    pub unwell: Mutex<bool>,
    /// Pieces of streamed answers that were made.
    pub made: AtomicUsize,
}

/// Stands for every service. `?delay_ms=` waits, `?status=` answers so, `?pieces=` streams pieces of 64 KiB.
pub struct Service {
    pub url: String,
    pub script: Arc<Script>,
}

impl Service {
    pub fn start() -> Self {
        let script = Arc::new(Script::default());
        let shared = Data::from(Arc::clone(&script));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(64 << 20))
                .default_service(web::to(echo))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Service { url, script }
    }

    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.script.seen.lock().unwrap())
    }

    pub fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.into_iter().next().unwrap()
    }
}

async fn echo(request: HttpRequest, mut body: web::Payload, script: Data<Script>) -> HttpResponse {
    let told = |answer: &Mutex<Option<Value>>| match &*answer.lock().unwrap() {
        Some(answer) => HttpResponse::Ok().json(answer),
        None => HttpResponse::InternalServerError().finish(),
    };
    match request.path() {
        "/.well-known/jwks.json" => {
            script.key_fetches.fetch_add(1, Ordering::Relaxed);
            return told(&script.jwks);
        }
        "/int/auth/revocations" => {
            script.asked.lock().unwrap().push(request.uri().to_string());
            let all = request.query_string().is_empty()
                && script.all_revocations.lock().unwrap().is_some();
            return told(if all { &script.all_revocations } else { &script.revocations });
        }
        "/healthz" if *script.unwell.lock().unwrap() => {
            return HttpResponse::ServiceUnavailable().finish();
        }
        "/healthz" => return HttpResponse::Ok().finish(),
        _ => {}
    }
    let mut length = 0;
    while let Some(piece) = body.next().await {
        let Ok(piece) = piece else {
            return HttpResponse::BadRequest().finish();
        };
        length += piece.len();
    }
    let headers = request.headers().iter();
    let seen = Seen {
        target: request.uri().to_string(),
        headers: headers
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into())
            })
            .collect(),
        body: length,
    };
    script.seen.lock().unwrap().push(seen);
    let query: HashMap<String, u64> = web::Query::from_query(request.query_string())
        .map_or_else(|_| HashMap::new(), web::Query::into_inner);
    if let Some(delay) = query.get("delay_ms") {
        tokio::time::sleep(Duration::from_millis(*delay)).await;
    }
    let status = query.get("status").map_or(200, |status| *status as u16);
    let mut answer = HttpResponse::build(status.try_into().unwrap());
    answer.insert_header(("x-user-id", "leaked")).insert_header(("x-assertion", "leaked"));
    answer.insert_header(("x-kept", "kept"));
    if status == 429 {
        answer.insert_header(("ratelimit", r#""own";r=0;t=9"#));
    }
    if status == 302 {
        answer.insert_header(("location", "http://127.0.0.1:1/elsewhere"));
    }
    if let Some(pieces) = query.get("pieces") {
        let script = script.clone();
        return answer.streaming(stream::iter(0..*pieces).then(move |_| {
            let script = script.clone();
            async move {
                script.made.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok::<_, actix_web::Error>(Bytes::from(vec![7_u8; 64 * 1024]))
            }
        }));
    }
    answer.json(json!({"length": length}))
}

/// Where nobody listens.
pub async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
