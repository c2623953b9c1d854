//! The contest of the doors: the same upstream behind each, the same RS256 tokens, 64 connections.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platform::Outcome;
use platform::processes::Process;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::Pace;
use crate::measure::wrk::Load;
use crate::measure::{cpu, median};
use crate::seed::{Foreign, foreign_tokens, load};
use crate::stage::{Stage, folder};
use crate::table::{Goal, Table};

const CONNECTIONS: usize = 64;
const TOKENS: usize = 1_000;
const PATH: &str = "/api/bench";

/// A door that takes part.
struct Contender {
    name: &'static str,
    /// Ours must be at least so many times as fast, and the founders want it to be.
    goals: Option<(f64, f64)>,
    /// All its processes.
    ids: Vec<u32>,
    load: Load,
}

/// All lines of the contest.
pub(super) async fn measure(stage: &Stage, pace: Pace, table: &mut Table) -> Outcome {
    let foreign = foreign_tokens(TOKENS)?;
    let mut daemons = Daemons(Vec::new());
    let ports = Ports::free().await?;
    daemons.start("nginx", &write_conf("upstream.conf", &ports, &foreign)?)?;
    let mut ours = stage.extra("gateway", ours(stage, &foreign, &ports)?).await?;
    let compared = compare(stage, &foreign, &ports, &ours, &mut daemons, pace, table).await;
    ours.stop().await?;
    compared
}

async fn compare(
    stage: &Stage,
    foreign: &Foreign,
    ports: &Ports,
    ours: &Process,
    daemons: &mut Daemons,
    pace: Pace,
    table: &mut Table,
) -> Outcome {
    let own_tokens: Vec<String> =
        load(stage).await?.into_iter().take(TOKENS).map(|member| member.token).collect();
    let our_id = ours.id().ok_or("the gateway has ended")?;
    let nginx = daemons.start("nginx", &write_conf("nginx.conf", ports, foreign)?)?;
    let jwt = daemons.start("haproxy", &write_conf("haproxy-jwt.cfg", ports, foreign)?)?;
    let remembered =
        daemons.start("haproxy", &write_conf("haproxy-remembered.cfg", ports, foreign)?)?;
    let rs256 = &foreign.tokens;
    let contender = |name, goals, id, port, tokens: &[String]| -> Outcome<Contender> {
        let request = |token: &String| {
            format!(
                "GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
        };
        let load = Load::new(name, &format!("127.0.0.1:{port}"), tokens.iter().map(request))?;
        Ok(Contender { name, goals, ids: family(id), load })
    };
    for port in [ports.nginx, ports.jwt, ports.remembered, ports.upstream] {
        answers(port).await?;
    }
    let contenders = [
        contender("ours, RS256", None, our_id, ports.ours, rs256)?,
        contender("ours, Ed25519", None, our_id, ports.ours, &own_tokens)?,
        contender("HAProxy, remembered", Some((1.1, 1.5)), remembered, ports.remembered, rs256)?,
        contender("HAProxy + JWT", Some((2.0, 2.7)), jwt, ports.jwt, rs256)?,
        contender("nginx plain, no JWT", Some((0.8, 1.0)), nginx, ports.nginx, rs256)?,
    ];
    let mut costs: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for _ in 0..pace.rounds {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            costs.push(contender.cost(pace).await?);
        }
    }
    table.part("gateway: requests per CPU second, ours (RS256) over theirs");
    for (contender, theirs) in contenders.iter().zip(&costs) {
        let ratios = theirs.iter().zip(&costs[0]).map(|(theirs, ours)| theirs / ours).collect();
        let cost = format!("{:.1} µs", median(theirs.clone()));
        let (goal, made_of) = match contender.goals {
            Some((least, wanted)) => (Goal::AtLeast(least), format!("{cost}; wanted {wanted:.1}")),
            None => (Goal::None, cost),
        };
        table.line(contender.name, median(ratios), goal, &made_of);
    }
    Ok(())
}

impl Contender {
    /// CPU of a request in microseconds.
    async fn cost(&self, pace: Pace) -> Outcome<f64> {
        self.load.drive(CONNECTIONS, Duration::from_secs(1)).await?;
        let before = self.spent()?;
        let answered = self.load.drive(CONNECTIONS, Duration::from_secs(pace.seconds)).await?;
        Ok((self.spent()? - before).as_secs_f64() * 1e6 / answered.max(1) as f64)
    }

    fn spent(&self) -> Outcome<Duration> {
        self.ids.iter().map(|id| cpu::of_process(*id)).sum()
    }
}

/// Where everybody listens.
struct Ports {
    upstream: u16,
    ours: u16,
    ours_admin: u16,
    nginx: u16,
    jwt: u16,
    remembered: u16,
}

impl Ports {
    async fn free() -> Outcome<Self> {
        let mut held = Vec::new();
        for _ in 0..6 {
            held.push(TcpListener::bind(("127.0.0.1", 0)).await?);
        }
        let port = |place: usize| -> Outcome<u16> { Ok(held[place].local_addr()?.port()) };
        Ok(Ports {
            upstream: port(0)?,
            ours: port(1)?,
            ours_admin: port(2)?,
            nginx: port(3)?,
            jwt: port(4)?,
            remembered: port(5)?,
        })
    }
}

/// Our own gateway: the route to the upstream, the other issuer beside our own.
fn ours(stage: &Stage, foreign: &Foreign, ports: &Ports) -> Outcome<platform::ports::Settings> {
    let mut settings = stage.settings_of_gateway()?;
    let mut issuers: Value = serde_json::from_str(&settings["TOKEN_ISSUERS"])?;
    let jwks_url = format!("http://127.0.0.1:{}/jwks.json", ports.upstream);
    let theirs =
        json!({"issuer": foreign.issuer, "audience": foreign.audience, "jwks_url": jwks_url});
    issuers.as_array_mut().ok_or("no issuers")?.push(theirs);
    let routes = folder().join("load/routes.toml");
    fs::create_dir_all(folder().join("load"))?;
    fs::write(&routes, include_str!("../../contenders/routes.toml"))?;
    settings.insert("TOKEN_ISSUERS".into(), issuers.to_string());
    settings.insert("ROUTE_TABLE".into(), routes.to_string_lossy().into_owned());
    settings.insert("BENCH_BASE_URL".into(), format!("http://127.0.0.1:{}", ports.upstream));
    settings.insert("LISTEN".into(), format!("127.0.0.1:{}", ports.ours));
    settings.insert("ADMIN_LISTEN".into(), format!("127.0.0.1:{}", ports.ours_admin));
    Ok(settings)
}

/// A configuration with its ports and files filled in.
fn write_conf(name: &str, ports: &Ports, foreign: &Foreign) -> Outcome<PathBuf> {
    let text = match name {
        "upstream.conf" => include_str!("../../contenders/upstream.conf"),
        "nginx.conf" => include_str!("../../contenders/nginx.conf"),
        "haproxy-jwt.cfg" => include_str!("../../contenders/haproxy-jwt.cfg"),
        _ => include_str!("../../contenders/haproxy-remembered.cfg"),
    };
    let text = text
        .replace("{folder}", &folder().join("load").to_string_lossy())
        .replace("{upstream}", &ports.upstream.to_string())
        .replace("{nginx}", &ports.nginx.to_string())
        .replace("{jwt}", &ports.jwt.to_string())
        .replace("{remembered}", &ports.remembered.to_string())
        .replace("{public_key}", &foreign.public_key.to_string_lossy())
        .replace("{issuer}", foreign.issuer)
        .replace("{audience}", foreign.audience)
        .replace("{jwks}", &foreign.jwks);
    let path = folder().join("load").join(name);
    fs::create_dir_all(folder().join("load"))?;
    // HAProxy wants the map's file to be there.
    fs::write(folder().join("load/tokens.map"), "")?;
    fs::write(&path, text)?;
    Ok(path)
}

/// Other people's servers; ended with this.
struct Daemons(Vec<Child>);

impl Daemons {
    /// Starts one in the foreground, and tells its id.
    fn start(&mut self, program: &str, conf: &Path) -> Outcome<u32> {
        let mut command = Command::new(tools::program(program).ok_or("not installed")?);
        match program {
            "nginx" => command.args(["-e", "stderr", "-c"]).arg(conf),
            _ => command.args(["-db", "-f"]).arg(conf),
        };
        let log = fs::File::create(conf.with_extension("log"))?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let id = child.id();
        self.0.push(child);
        Ok(id)
    }
}

impl Drop for Daemons {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let id = nix::unistd::Pid::from_raw(child.id().cast_signed());
            // An nginx takes its workers along only when it is asked to.
            let _ = nix::sys::signal::kill(id, nix::sys::signal::SIGTERM);
            let _ = child.wait();
        }
    }
}

/// A process and its workers.
fn family(id: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    [id].into_iter().chain(children.split_whitespace().filter_map(|id| id.parse().ok())).collect()
}

async fn answers(port: u16) -> Outcome {
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("nobody listens on port {port}: see target/bench/load/*.log").into())
}
