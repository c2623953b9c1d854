//! A storm of sign-ins: how many passwords are hashed at once, and what home costs meanwhile.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use platform::Outcome;
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};

use super::services::drive;
use crate::Pace;
use crate::measure::http::exchange;
use crate::measure::{cpu, median};
use crate::scenarios::{Way, login_request, named};
use crate::seed::Member;
use crate::stage::Stage;
use crate::table::{Goal, Table};

const LOGINS: usize = 2_000;
/// How many wait for their answer at the same time: fewer than auth would send away.
const AT_ONCE: usize = 32;
/// Between two looks at auth's threads.
const LOOK: Duration = Duration::from_millis(10);

/// All lines about the storm.
pub(super) async fn measure(
    stage: &Stage,
    members: &[Member],
    pace: Pace,
    table: &mut Table,
) -> Outcome {
    let home = named("home").ok_or("no such scenario")?;
    let mut quiet = Vec::new();
    for _ in 0..pace.rounds {
        quiet.push(drive(stage, home, members, Way::Direct, pace).await?.sum());
    }
    println!("· {LOGINS} sign-ins");
    let auth = stage.id("auth")?;
    cpu::forget_peak(auth)?;
    let before = cpu::memory_of(auth, "VmRSS")? as f64 / 1e6;
    let storm = Storm::begin(stage.address("gateway"), auth, members);
    let mut beside = Vec::new();
    while !storm.is_over() {
        beside.push(drive(stage, home, members, Way::Direct, pace).await?.sum());
    }
    let peak = cpu::memory_of(auth, "VmHWM")? as f64 / 1e6;
    let statuses = storm.statuses.load();
    let at_once = storm.hashing.end().await?;
    let bound = std::thread::available_parallelism()?.get().div_ceil(2) as f64;

    table.part("storm: 2,000 sign-ins beside home");
    let made_of = format!("auth's bound is {bound}; in nine of ten looks at its threads");
    table.line("passwords hashed at once", at_once, Goal::AtMost(bound), &made_of);
    table.line("memory of auth at its peak, MB", peak, Goal::None, &format!("before {before:.0}"));
    let ratio = median(beside.clone()) / median(quiet.clone());
    let made_of = format!("{:.0} µs; quiet {:.0}", median(beside), median(quiet));
    table.line("home in the storm over home", ratio, Goal::AtMost(1.2), &made_of);
    table.note(&format!("sign-ins: {statuses}"));
    Ok(())
}

/// Sign-ins that run in the background.
struct Storm {
    _tasks: JoinSet<()>,
    statuses: Arc<Statuses>,
    hashing: Hashing,
}

/// Somebody who looks how many threads of auth are at a password: those made for it that run, or would if they had a core.
struct Hashing {
    is_over: Arc<AtomicBool>,
    looks: JoinHandle<Vec<f64>>,
}

/// How they ended.
#[derive(Default)]
struct Statuses {
    well: AtomicUsize,
    busy: AtomicUsize,
    failed: AtomicUsize,
}

impl Storm {
    fn begin(address: &str, auth: u32, members: &[Member]) -> Self {
        let statuses = Arc::new(Statuses::default());
        let requests: Vec<String> = members.iter().take(LOGINS).map(login_request).collect();
        let mut tasks = JoinSet::new();
        for share in requests.chunks(LOGINS.div_ceil(AT_ONCE)) {
            let (address, share) = (address.to_owned(), share.to_vec());
            let statuses = Arc::clone(&statuses);
            tasks.spawn(async move {
                for request in share {
                    statuses.count(log_in(&address, &request).await.ok());
                }
            });
        }
        Storm { _tasks: tasks, statuses, hashing: Hashing::begin(auth) }
    }

    fn is_over(&self) -> bool {
        self.statuses.sum() >= LOGINS
    }
}

impl Hashing {
    fn begin(auth: u32) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let looks = tokio::spawn(async move {
            let mut looks = Vec::new();
            while !told.load(Ordering::Relaxed) {
                looks.push(hashing_now(auth) as f64);
                tokio::time::sleep(LOOK).await;
            }
            looks
        });
        Hashing { is_over, looks }
    }

    /// At most so many in nine of ten looks: one that has done its part may still be on its way to bed. Somebody always
    /// waits for a turn, so a bound that did not hold would be seen at almost every look.
    async fn end(self) -> Outcome<f64> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut looks = self.looks.await?;
        looks.sort_unstable_by(f64::total_cmp);
        Ok(looks.get(looks.len() * 9 / 10).copied().unwrap_or(f64::NAN))
    }
}

fn hashing_now(auth: u32) -> usize {
    let threads = fs::read_dir(format!("/proc/{auth}/task")).into_iter().flatten().flatten();
    let stats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
    stats.filter(|stat| stat.contains("(hash) R")).count()
}

async fn log_in(address: &str, request: &str) -> Outcome<u16> {
    exchange(&mut TcpStream::connect(address).await?, request).await
}

impl Statuses {
    fn count(&self, status: Option<u16>) {
        let counter = match status {
            Some(200) => &self.well,
            Some(503) => &self.busy,
            Some(_) | None => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn sum(&self) -> usize {
        [&self.well, &self.busy, &self.failed].iter().map(|of| of.load(Ordering::Relaxed)).sum()
    }

    fn load(&self) -> String {
        let [well, busy, failed] =
            [&self.well, &self.busy, &self.failed].map(|of| of.load(Ordering::Relaxed));
        format!("{well} went well, {busy} were asked to come later, {failed} failed")
    }
}
