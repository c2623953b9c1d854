//! What a service really sends to the database for one request: heard on the wire between the two, by a copy of the
//! service that runs behind a proxy. So pgbench's statements cannot drift from the service's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platform::Outcome;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::http::exchange;
use crate::scenarios::{Scenario, Way};
use crate::seed::Member;
use crate::stage::Stage;

/// Requests before the one that counts: statements are prepared, and what is remembered is known.
const WARM_UP: usize = 4;

/// Fails where `sql` is not what the service sends.
pub(crate) async fn check(
    stage: &Stage,
    scenario: &Scenario,
    members: &[Member],
    sql: &str,
) -> Outcome {
    let sent = statements(stage, scenario, members).await?;
    let kept: Vec<String> = split(sql);
    let shapes = |statements: &[String]| -> Vec<String> {
        statements.iter().map(|statement| shape(statement)).collect()
    };
    if shapes(&kept) == shapes(&sent) {
        return Ok(());
    }
    Err(format!(
        "crates/bench/sql/{}.sql is not what {} sends. It sends:\n{}",
        scenario.name,
        scenario.service,
        sent.join("\n")
    )
    .into())
}

/// The statements of one request, in order.
pub(crate) async fn statements(
    stage: &Stage,
    scenario: &Scenario,
    members: &[Member],
) -> Outcome<Vec<String>> {
    let mut settings = stage.ports.of_service(scenario.service, &stage.keys, &stage.database)?;
    let mut database = Url::parse(&settings["DATABASE_URL"])?;
    let target = database.socket_addrs(|| Some(5432))?[0];
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    database.set_host(Some("127.0.0.1"))?;
    database.set_port(Some(port)).map_err(|()| "no port")?;
    let address = format!("127.0.0.1:{}", free_port().await?);
    settings.insert("DATABASE_URL".into(), database.into());
    settings.insert("LISTEN".into(), address.clone());

    let heard = Arc::new(Mutex::new(Heard::default()));
    let proxy = tokio::spawn(listen(listener, target, Arc::clone(&heard)));
    let mut service = stage.extra(scenario.service, settings).await?;
    let heard_of = requests_heard(stage, scenario, members, &address, &heard).await;
    service.stop().await?;
    proxy.abort();
    heard_of
}

async fn requests_heard(
    stage: &Stage,
    scenario: &Scenario,
    members: &[Member],
    address: &str,
    heard: &Arc<Mutex<Heard>>,
) -> Outcome<Vec<String>> {
    // Each by another member, as a load's are.
    let members = &members[members.len().saturating_sub(WARM_UP + 1)..];
    let callers = scenario.callers(stage, members, Way::Direct)?;
    let requests: Vec<String> = scenario.requests(&callers).collect();
    let mut stream = TcpStream::connect(address).await?;
    lock(heard).open_for_requests = true;
    for (place, request) in requests.iter().take(WARM_UP + 1).enumerate() {
        if place == WARM_UP {
            lock(heard).forget();
        }
        let status = exchange(&mut stream, request).await?;
        if !(200..300).contains(&status) {
            return Err(format!("{} answered {status}", scenario.name).into());
        }
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(lock(heard).statements())
}

/// The statements of a script for pgbench: without its comments and its own commands.
fn split(sql: &str) -> Vec<String> {
    let lines = sql.lines().filter(|line| !line.starts_with("--") && !line.starts_with('\\'));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.split(";\n").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The text of a statement without its values, comments, line breaks and last semicolon.
fn shape(statement: &str) -> String {
    let lines = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
    let text = lines.collect::<Vec<_>>().join(" ");
    let (mut shape, mut rest) = (String::new(), text.trim_end_matches([';', ' ']));
    while let Some(at) = rest.find([':', '$']) {
        let (before, from) = rest.split_at(at);
        let name = from[1..]
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(from.len(), |end| end + 1);
        shape.push_str(before);
        if let Some(cast) = from.strip_prefix("::") {
            shape.push_str("::");
            rest = cast;
            continue;
        }
        shape.push(if name > 1 { '?' } else { ':' });
        rest = &from[name..];
    }
    shape.push_str(rest);
    shape.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port())
}

/// What was said by clients.
#[derive(Default)]
struct Heard {
    /// From when on a new connection is one that requests use, and not the background.
    open_for_requests: bool,
    connections: u64,
    /// By connection.
    said: BTreeMap<u64, Vec<String>>,
}

impl Heard {
    fn forget(&mut self) {
        self.said.clear();
    }

    fn statements(&self) -> Vec<String> {
        self.said.values().flatten().cloned().collect()
    }
}

fn lock(heard: &Arc<Mutex<Heard>>) -> std::sync::MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(listener: TcpListener, target: std::net::SocketAddr, heard: Arc<Mutex<Heard>>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(pass(client, target, Arc::clone(&heard)));
    }
}

async fn pass(
    client: TcpStream,
    target: std::net::SocketAddr,
    heard: Arc<Mutex<Heard>>,
) -> Outcome {
    let connection = {
        let mut heard = lock(&heard);
        heard.connections += 1;
        heard.open_for_requests.then_some(heard.connections)
    };
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut statements = Statements::default();
    let mut has_begun = false;
    loop {
        // The first message has no type.
        let mut head = vec![0; if has_begun { 5 } else { 4 }];
        if from_client.read_exact(&mut head).await.is_err() {
            break;
        }
        let body = body(&mut from_client, &head).await?;
        if has_begun
            && let Some(statement) = statements.hear(head[0], &body)
            && let Some(connection) = connection
        {
            lock(&heard).said.entry(connection).or_default().push(statement);
        }
        head.extend_from_slice(&body);
        to_server.write_all(&head).await?;
        has_begun = true;
    }
    to_server.shutdown().await?;
    back.await??;
    Ok(())
}

async fn body(from: &mut (impl AsyncRead + Unpin), head: &[u8]) -> Outcome<Vec<u8>> {
    let length = head.last_chunk::<4>().map_or(4, |bytes| u32::from_be_bytes(*bytes));
    let mut body = vec![0; (length as usize).saturating_sub(4)];
    from.read_exact(&mut body).await?;
    Ok(body)
}

/// The statements of one connection (PostgreSQL's protocol, version 3).
#[derive(Default)]
struct Statements {
    prepared: BTreeMap<String, String>,
    bound: String,
}

impl Statements {
    /// The statement that a message has executed.
    fn hear(&mut self, kind: u8, body: &[u8]) -> Option<String> {
        let mut texts = body.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let (first, second) = (texts.next()?.into_owned(), texts.next());
        match kind {
            // Before it commits, a transaction makes sure that none of its statements has failed, on the same way.
            b'Q' => return Some(first.trim_start_matches("SELECT 1; ").to_owned()),
            b'P' => drop(self.prepared.insert(first, second?.into_owned())),
            b'B' => self.bound = self.prepared.get(second?.as_ref())?.clone(),
            b'E' => return Some(self.bound.clone()),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_a_text_without_its_values() {
        let kept =
            "-- why\nSELECT a, (b ->> 'date')::date\n  FROM t WHERE id = :user_id LIMIT :limit;";
        let sent = "SELECT a, (b ->> 'date')::date FROM t WHERE id = $1 LIMIT $12";
        assert_eq!(shape(kept), shape(sent));
        assert_ne!(shape(kept), shape("SELECT a FROM t WHERE id = $1"));
    }

    #[test]
    fn a_script_is_its_statements() {
        let script = "-- why\n\\set one 1\nBEGIN;\nSELECT :one;\nCOMMIT;\n";
        assert_eq!(split(script), ["BEGIN", "SELECT :one", "COMMIT;"]);
    }

    #[test]
    fn what_is_executed_is_what_was_bound() {
        let mut statements = Statements::default();
        assert_eq!(statements.hear(b'P', b"s1\0SELECT 1\0\0\0"), None);
        assert_eq!(statements.hear(b'B', b"\0s1\0\0\0"), None);
        assert_eq!(statements.hear(b'E', b"\0\0\0\0\0").as_deref(), Some("SELECT 1"));
        assert_eq!(statements.hear(b'Q', b"BEGIN\0").as_deref(), Some("BEGIN"));
    }
}
