//! CPU time of processes in nanoseconds, user and system, threads that have ended included; and their memory.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use platform::Outcome;
use tokio_postgres::Client;

/// `/proc` counts children that have ended in hundredths of a second (`CLK_TCK`, the same on every Linux).
const TICK: Duration = Duration::from_millis(10);

/// What a process has used so far.
pub(crate) fn of_process(id: u32) -> Outcome<Duration> {
    let id = Pid::from_raw(id.cast_signed());
    let clock: ClockId =
        clock_getcpuclockid(id).map_err(|error| format!("process {id}: {error}"))?;
    Ok(clock.now()?.into())
}

/// What programs that we started and waited for have used so far.
pub(crate) fn of_own_children() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = |time: nix::sys::time::TimeVal| {
        u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap_or(0)
    };
    Ok(Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time())))
}

/// Resident memory of a process in bytes, by a name of `/proc/<id>/status`: `VmRSS` now, `VmHWM` at most so far.
pub(crate) fn memory_of(id: u32, name: &str) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kilobytes.ok_or("no memory in /proc")? * 1024)
}

/// From here on `VmHWM` of a process is the peak of what follows (proc(5), clear_refs).
pub(crate) fn forget_peak(id: u32) -> Outcome {
    Ok(fs::write(format!("/proc/{id}/clear_refs"), "5")?)
}

/// The database's server on this machine.
#[derive(Clone, Copy)]
pub(crate) struct Server {
    postmaster: u32,
}

/// What the server's processes have used so far.
pub(crate) struct ServerTime {
    /// By id: the title, such as `postgres: quest_app …`, and the time.
    alive: BTreeMap<u32, (String, Duration)>,
    /// All that have ended.
    ended: Duration,
}

impl Server {
    /// The server that a connection leads to.
    pub(crate) async fn of(admin: &Client) -> Outcome<Self> {
        let backend: i32 = admin.query_one("SELECT pg_backend_pid()", &[]).await?.get(0);
        let stat = stat(u32::try_from(backend)?);
        let stat = stat
            .map_err(|_| "the database's server is not on this machine: its CPU cannot be seen")?;
        Ok(Server { postmaster: stat[1].parse()? })
    }

    /// What its processes have used so far.
    pub(crate) fn now(self) -> Outcome<ServerTime> {
        let id = self.postmaster;
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        let children = children.split_whitespace().filter_map(|child| child.parse().ok());
        // One that has ended meanwhile is among the ended the next time.
        let alive = children
            .filter_map(|child: u32| {
                let title = fs::read_to_string(format!("/proc/{child}/cmdline")).ok()?;
                Some((child, (title, of_process(child).ok()?)))
            })
            .collect();
        let stat = stat(id)?;
        let ticks = stat[13].parse::<u32>()? + stat[14].parse::<u32>()?;
        Ok(ServerTime { alive, ended: TICK * ticks })
    }
}

impl ServerTime {
    /// What backends of a role have used since: those that live, and all that have ended.
    pub(crate) fn since(&self, before: &ServerTime, role: &str) -> Duration {
        let title = format!("postgres: {role} ");
        let spent_before = |id| before.alive.get(id).map_or(Duration::ZERO, |(_, time)| *time);
        let of_role = self.alive.iter().filter(|(_, (of, _))| of.starts_with(&title));
        let alive: Duration =
            of_role.map(|(id, (_, time))| time.saturating_sub(spent_before(id))).sum();
        let gone = before.alive.iter().filter(|(id, _)| !self.alive.contains_key(id));
        let gone: Duration = gone.map(|(_, (_, time))| *time).sum();
        alive + (self.ended - before.ended).saturating_sub(gone)
    }
}

/// The fields of `/proc/<id>/stat` after the name, which may hold anything.
fn stat(id: u32) -> Outcome<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no such process")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}
