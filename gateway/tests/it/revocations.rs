//! Promise 5: a session that ended is felt at the door, its access tokens included.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;

use crate::support::{House, MEMBER, now, problem, until};

#[tokio::test]
async fn a_session_that_ended_is_refused_within_two_seconds() {
    let house = House::start().await;
    let session = Uuid::from_u128(7);
    let token = house.token_of(MEMBER, session, &[], 600);
    let other = house.token_of(MEMBER, Uuid::from_u128(8), &[], 600);
    let get = async |token: &str| house.get("/api/home").bearer_auth(token).send().await.unwrap();
    assert_eq!(get(&token).await.status(), 200);

    let until_then = now() + jiff::SignedDuration::from_secs(600);
    let ended = json!({"items": [{"sid": session, "until": until_then}], "next": "b&2"});
    *house.service.script.revocations.lock().unwrap() = Some(ended);
    let began = Instant::now();
    until("the session has ended", async || get(&token).await.status() == 401).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(problem(get(&token).await).await, "unauthenticated");
    assert_eq!(get(&other).await.status(), 200);

    // Auth away: what is known stays known, the rest goes on.
    *house.service.script.revocations.lock().unwrap() = None;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(get(&token).await.status(), 401);
    assert_eq!(get(&other).await.status(), 200);
}

#[tokio::test]
async fn all_is_asked_first_then_what_is_new_then_all_again_after_a_refusal() {
    let house = House::start().await;
    let asked = || house.service.script.asked.lock().unwrap().clone();
    until("asked twice", async || asked().len() >= 2).await;
    assert_eq!(asked()[0], "/int/auth/revocations");
    assert_eq!(asked()[1], "/int/auth/revocations?after=a%2B1");
    assert!(house.gateway.readiness.is_ready());

    *house.service.script.revocations.lock().unwrap() = None;
    until("all is asked again", async || asked()[2..].iter().any(|path| !path.contains("after")))
        .await;

    // The whole tells of a session that ended before.
    let session = Uuid::from_u128(7);
    let token = house.token_of(MEMBER, session, &[], 600);
    let get = async || {
        let answer = house.get("/api/home").bearer_auth(&token).send().await;
        answer.unwrap().status()
    };
    assert_eq!(get().await, 200);
    let until_then = now() + jiff::SignedDuration::from_secs(600);
    let ended = json!({"items": [{"sid": session, "until": until_then}], "next": "b"});
    let script = &house.service.script;
    *script.all_revocations.lock().unwrap() = Some(ended);
    *script.revocations.lock().unwrap() = Some(json!({"items": [], "next": "c"}));
    until("the session has ended", async || get().await == 401).await;
}

#[tokio::test]
async fn page_after_page_is_asked_at_once() {
    let house = House::start().await;
    let endless = json!({"items": [], "next": "on", "more": true});
    *house.service.script.revocations.lock().unwrap() = Some(endless);
    // More often than by its clock.
    until("asked often", async || house.service.script.asked.lock().unwrap().len() >= 20).await;
}

#[tokio::test]
async fn without_auth_the_door_opens_all_the_same() {
    let house = House::start().await;
    *house.service.script.revocations.lock().unwrap() = None;
    let lonely = House::with(&[("AUTH_BASE_URL", "http://127.0.0.1:1")]).await;
    until("ready", async || lonely.gateway.readiness.is_ready()).await;
    assert_eq!(
        lonely.get("/api/home").bearer_auth(lonely.token(&[])).send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn that_auth_is_away_is_said_once_and_that_it_is_back() {
    let said = Said::default();
    let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(said.clone()).finish();
    // Where there is but one subscriber, tracing asks the thread that comes first with a line, and that may be another
    // test's, which has none.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    // The poll runs where the test runs: on this thread.
    let _listening = tracing::subscriber::set_default(lines);
    let house = House::start().await;
    let script = &house.service.script;
    let heard = |line: &str| said.0.lock().unwrap().matches(line).count();
    let asked = || script.asked.lock().unwrap().len();

    let answer = script.revocations.lock().unwrap().take();
    let away = "ERROR gateway::revocations: auth does not tell which sessions have ended";
    until("it is said", async || heard(away) == 1).await;
    let before = asked();
    until("it was asked again", async || asked() > before + 1).await;
    *script.revocations.lock().unwrap() = answer;
    let back = "INFO gateway::revocations: auth tells again which sessions have ended";
    // The circuit to auth has to close first.
    tokio::time::sleep(Duration::from_secs(4)).await;
    until("it is back", async || heard(back) == 1).await;
    assert_eq!(heard(away), 1);
}

/// Lines of a log.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl std::io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Said {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
