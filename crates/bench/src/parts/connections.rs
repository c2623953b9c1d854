//! Ten thousand clients that stay connected.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use platform::Outcome;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::measure::cpu;
use crate::measure::http::exchange;
use crate::scenarios::anonymous;
use crate::stage::Stage;
use crate::table::{Goal, Table};

const CONNECTIONS: usize = 10_000;
/// How many ask at the same time.
const AT_ONCE: usize = 100;
/// Clients come from several addresses: each has so many ports only.
const ADDRESSES: usize = 4;
const QUESTION: &str = "/.well-known/jwks.json";

/// All lines about connections.
pub(super) async fn measure(stage: &Stage, table: &mut Table) -> Outcome {
    let id = stage.id("gateway")?;
    let address: SocketAddr = stage.address("gateway").parse()?;
    println!("· {CONNECTIONS} connections");
    let before = cpu::memory_of(id, "VmRSS")?;
    let mut failures = 0;
    let mut open: Vec<TcpStream> = Vec::with_capacity(CONNECTIONS);
    for first in (0..CONNECTIONS).step_by(AT_ONCE) {
        let connecting = (first..first + AT_ONCE).map(|number| connect(number, address));
        let (connected, failed) = all(connecting).await;
        open.extend(connected);
        failures += failed;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let each = cpu::memory_of(id, "VmRSS")?.saturating_sub(before) as f64 / CONNECTIONS as f64;
    // Every one of them is still there, and is answered again.
    let mut again = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let some = open.split_off(open.len().saturating_sub(AT_ONCE));
        let (answered, failed) = all(some.into_iter().map(ask)).await;
        again.extend(answered);
        failures += failed;
    }
    table.part("connections: 10,000 open at the gateway, each asking twice");
    table.line(
        "failures",
        failures as f64,
        Goal::AtMost(0.0),
        &format!("{} still open", again.len()),
    );
    table.line("memory for each, kB", each / 1e3, Goal::None, "");
    Ok(())
}

async fn connect(number: usize, address: SocketAddr) -> Outcome<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    let source = Ipv4Addr::new(127, 0, 0, u8::try_from(2 + number % ADDRESSES)?);
    socket.bind(SocketAddr::from((source, 0)))?;
    ask(socket.connect(address).await?).await
}

async fn ask(mut stream: TcpStream) -> Outcome<TcpStream> {
    match exchange(&mut stream, &anonymous(QUESTION, "")).await? {
        200 => Ok(stream),
        status => Err(format!("answered {status}").into()),
    }
}

/// Those that went well, and how many did not.
async fn all(
    asking: impl Iterator<Item = impl Future<Output = Outcome<TcpStream>> + Send + 'static>,
) -> (Vec<TcpStream>, usize) {
    let mut tasks: JoinSet<_> = asking.collect();
    let (mut well, mut failed) = (Vec::new(), 0);
    while let Some(asked) = tasks.join_next().await {
        match asked {
            Ok(Ok(stream)) => well.push(stream),
            Ok(Err(_)) | Err(_) => failed += 1,
        }
    }
    (well, failed)
}
