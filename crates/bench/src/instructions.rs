//! Instructions of a request, counted by callgrind: hardly anything depends on how busy the machine is, so that CI sees a
//! change that makes a hot path slower. What they should be is in `instructions.toml`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use platform::Outcome;
use platform::ports::Settings;
use platform::processes::Process;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};

use crate::measure::http::exchange;
use crate::measure::median;
use crate::scenarios::{Way, named};
use crate::seed::Member;
use crate::stage::{Stage, folder};

/// Of whom, and by which scenario.
const PATHS: [(&str, &str, Way); 3] = [
    ("gateway", "home", Way::Gateway),
    ("quest", "home", Way::Direct),
    ("analysis", "psy_submit", Way::Direct),
];

/// Counted this often, each time with so many requests of members who are known by then.
const ROUNDS: usize = 3;
const REQUESTS: usize = 300;

/// What was recorded.
#[derive(Deserialize)]
struct Recorded {
    /// The share by which a figure may grow.
    tolerance: f64,
    /// Instructions in user space, by `process_scenario`.
    instructions: BTreeMap<String, f64>,
}

/// Counts, and fails where more are needed than recorded; or records what is.
pub(crate) async fn compare(stage: &Stage, members: &[Member], record: bool) -> Outcome {
    let recorded: Recorded = toml::from_str(&fs::read_to_string(file())?)?;
    let mut counted = Vec::new();
    println!("\ninstructions of a request, in user space");
    for (process, scenario, way) in PATHS {
        let name = format!("{process}_{scenario}");
        let count = count(stage, members, (process, scenario, way)).await?;
        let before = recorded.instructions.get(&name).copied().unwrap_or(f64::NAN);
        println!(
            "  {name:22} {count:10.0}  recorded {before:10.0}  {:+.1} %",
            (count / before - 1.0) * 100.0
        );
        counted.push((name, count, count > before * (1.0 + recorded.tolerance)));
    }
    if record {
        return write(&recorded, &counted);
    }
    let slower: Vec<&str> =
        counted.iter().filter(|(.., slower)| *slower).map(|(name, ..)| name.as_str()).collect();
    if slower.is_empty() {
        return Ok(());
    }
    Err(format!(
        "more than {:.0} % above what is recorded: {}. A profile: docs/performance.md; if it is worth it: \
         make instructions R=1",
        recorded.tolerance * 100.0,
        slower.join(", ")
    )
    .into())
}

/// The median of a few countings.
async fn count(
    stage: &Stage,
    members: &[Member],
    (process, scenario, way): (&str, &str, Way),
) -> Outcome<f64> {
    let scenario = named(scenario).ok_or("no such scenario")?;
    let address = free_address().await?;
    let mut watched = start(stage, process, &address).await?;
    let id = watched.id().ok_or("it has ended")?;
    let mut counts = Vec::new();
    for members in members.chunks(REQUESTS).take(ROUNDS) {
        let callers = scenario.callers(stage, members, way)?;
        let mut stream = TcpStream::connect(&address).await?;
        for request in scenario.warm_up().requests(&callers) {
            exchange(&mut stream, &request).await?;
        }
        let requests: Vec<String> = scenario.requests(&callers).take(REQUESTS).collect();
        control(&["--instr=on"], id)?;
        control(&["--zero"], id)?;
        for request in &requests {
            let status = exchange(&mut stream, request).await?;
            if !(200..300).contains(&status) {
                return Err(format!("{} answered {status}", scenario.name).into());
            }
        }
        control(&["--dump"], id)?;
        control(&["--instr=off"], id)?;
        counts.push(last_dump(id)? / requests.len() as f64);
    }
    watched.stop().await?;
    Ok(median(counts))
}

/// A copy of a process that callgrind watches, with one worker.
async fn start(stage: &Stage, name: &str, address: &str) -> Outcome<Process> {
    let mut settings: Settings = match name {
        "gateway" => stage.settings_of_gateway()?,
        _ => stage.ports.of_service(name, &stage.keys, &stage.database)?,
    };
    if name == "gateway" {
        settings.insert("ADMIN_LISTEN".into(), free_address().await?);
    }
    settings.insert("LISTEN".into(), address.to_owned());
    settings.insert("WORKERS".into(), "1".into());
    let dumps = dumps();
    fs::create_dir_all(&dumps)?;
    let to = format!("--callgrind-out-file={}/%p", dumps.display());
    let watcher = ["valgrind", "--tool=callgrind", "--instr-atstart=no", &to];
    let mut process = stage.under(&watcher, name, settings)?;
    process.ready().await?;
    Ok(process)
}

fn control(what: &[&str], id: u32) -> Outcome {
    let done = Command::new("callgrind_control").args(what).arg(id.to_string()).output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("callgrind_control: {}", String::from_utf8_lossy(&done.stderr)).into())
}

/// What the newest dump of a process sums up to.
fn last_dump(id: u32) -> Outcome<f64> {
    let number = |path: &PathBuf| path.extension()?.to_str()?.parse::<u32>().ok();
    let dumps = fs::read_dir(dumps())?.flatten().map(|entry| entry.path());
    let of_process =
        dumps.filter(|path| path.file_stem().is_some_and(|stem| *stem == *id.to_string()));
    let newest = of_process.max_by_key(number).ok_or("callgrind left no dump")?;
    let text = fs::read_to_string(newest)?;
    let sum = text.lines().find_map(|line| line.strip_prefix("summary: ")).ok_or("no summary")?;
    Ok(sum.trim().parse()?)
}

fn write(recorded: &Recorded, counted: &[(String, f64, bool)]) -> Outcome {
    let mut text = String::from(
        "# Instructions of one request, in user space (`make instructions`): a release build with one worker. CI fails where\n\
         # more than the tolerance is added; `make instructions R=1` writes this file.\n\n",
    );
    writeln!(text, "tolerance = {}\n\n[instructions]", recorded.tolerance)?;
    for (name, count, _) in counted {
        writeln!(text, "{name} = {count:.0}")?;
    }
    Ok(fs::write(file(), text)?)
}

fn file() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.toml"))
}

fn dumps() -> PathBuf {
    folder().join("callgrind")
}

async fn free_address() -> Outcome<String> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.to_string())
}
