//! A private PostgreSQL of our own in a folder: for tests, and for running the platform on a laptop.
//!
//! The folder holds `password` and `port` of the server, a `lock`, and the data in `data` (or in `data-folder` the path
//! of where they are instead). Everything here blocks; nothing here is for production.

mod account;
mod make;
mod programs;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    net::TcpListener,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use account::Account;
use programs::Programs;

/// What a cluster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Its data must survive whatever happens.
    Keep,
    /// Tests: fast, with room for many connections; a power cut may destroy it.
    Test,
}

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No PostgreSQL on this machine, and none could be installed.
    #[error(
        "PostgreSQL is not installed{0}; install it, on Debian with: apt-get install postgresql"
    )]
    NotInstalled(String),
    /// PostgreSQL refuses to run as root, and there is nobody else.
    #[error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")]
    NoAccount,
    /// A folder or file of the cluster.
    #[error("{0}")]
    Io(PathBuf, #[source] io::Error),
    /// One of PostgreSQL's programs failed; with what it said.
    #[error("{0} failed: {1}")]
    Program(String, String),
}

impl Error {
    /// With the last lines of a log, where pg_ctl would only send one there.
    fn with_end_of(self, log: &Path) -> Self {
        let text = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(10)..].join("\n");
        match self {
            Self::Program(program, said) => Self::Program(program, format!("{said}\n{end}")),
            other => other,
        }
    }
}

/// A cluster in a folder, running or not.
#[derive(Clone, Debug)]
pub struct Cluster {
    folder: PathBuf,
    purpose: Purpose,
}

impl Cluster {
    /// The cluster in `folder`, which is made if it is not there. Starts nothing yet.
    pub fn new(folder: &Path, purpose: Purpose) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        // The server's working directory is another one.
        let folder = folder.canonicalize().map_err(at(folder))?;
        Ok(Self { folder, purpose })
    }

    /// Starts the server unless it runs; before that, installs PostgreSQL and makes the cluster where there is none.
    ///
    /// Of several processes that call this at once, one does the work and the others wait.
    pub fn start(&self) -> Result<(), Error> {
        let _lock = self.lock()?;
        if self.is_running()? {
            return Ok(());
        }
        let mut programs = self.programs()?;
        if !self.data()?.exists() {
            self.make(&programs)?;
            programs = self.programs()?;
        }
        let log = self.data()?.join("server.log");
        loop {
            let port = self.choose_port()?;
            let mut start = self.pg_ctl(&programs)?;
            start.args(["start", "--wait", "--timeout=60", "--silent", "--log"]).arg(&log);
            match run(start.arg("-o").arg(self.server_settings(port))) {
                Ok(()) => return Ok(()),
                // Somebody took the port between our look and the server's.
                Err(_) if !is_free(port) => {}
                Err(error) => return Err(error.with_end_of(&log)),
            }
        }
    }

    /// Stops the server if it runs; connections are cut.
    pub fn stop(&self) -> Result<(), Error> {
        let _lock = self.lock()?;
        self.stop_locked()
    }

    /// Whether the server runs.
    pub fn is_running(&self) -> Result<bool, Error> {
        if !self.data()?.join("postmaster.pid").exists() {
            return Ok(false);
        }
        let mut status = self.pg_ctl(&self.programs()?)?;
        let output = status.arg("status").output().map_err(at("pg_ctl"))?;
        Ok(output.status.success())
    }

    /// Stops the server and deletes the cluster with everything in it.
    pub fn remove(self) -> Result<(), Error> {
        let _lock = self.lock()?;
        self.stop_locked()?;
        for folder in [self.data()?, self.folder] {
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(at(&folder))?;
            }
        }
        Ok(())
    }

    /// The superuser's URL of `database`, once the cluster has been started.
    pub fn admin_url(&self, database: &str) -> Result<String, Error> {
        let password = self.read("password")?;
        Ok(format!("postgres://postgres:{password}@127.0.0.1:{}/{database}", self.read("port")?))
    }

    /// Where the server keeps its data and its log, `server.log`.
    pub fn data(&self) -> Result<PathBuf, Error> {
        let pointer = self.folder.join(POINTER);
        match fs::read_to_string(&pointer) {
            Ok(path) => Ok(PathBuf::from(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(self.folder.join("data")),
            Err(error) => Err(Error::Io(pointer, error)),
        }
    }

    fn stop_locked(&self) -> Result<(), Error> {
        if !self.is_running()? {
            return Ok(());
        }
        run(self.pg_ctl(&self.programs()?)?.args(["stop", "--mode=fast", "--wait", "--silent"]))
    }

    /// The port of the last time, if it is free, so that URLs stay the same; else any free one.
    fn choose_port(&self) -> Result<u16, Error> {
        if let Some(port) = self.read("port").ok().and_then(|port| port.parse().ok())
            && is_free(port)
        {
            return Ok(port);
        }
        let path = self.folder.join("port");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(at(&path))?;
        let port = listener.local_addr().map_err(at(&path))?.port();
        fs::write(&path, port.to_string()).map_err(at(&path))?;
        Ok(port)
    }

    fn server_settings(&self, port: u16) -> String {
        // No Unix socket: its path would have to be short, and writable by another user.
        let mut settings =
            format!("-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
        settings.push_str(match self.purpose {
            Purpose::Keep => " -c max_connections=200",
            Purpose::Test => {
                " -c max_connections=300 -c fsync=off -c synchronous_commit=off \
                 -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0"
            }
        });
        settings
    }

    /// The programs that fit the data, or the newest ones before there are data.
    fn programs(&self) -> Result<Programs, Error> {
        let data = self.data()?;
        let version = fs::read_to_string(data.join("PG_VERSION")).ok();
        // Before the user is chosen: installing them makes the user postgres.
        let folder = programs::find(version.as_deref().map(str::trim))?;
        let account = if data.exists() { Account::owner_of(&data)? } else { Account::choose()? };
        Ok(Programs { folder, account })
    }

    fn pg_ctl(&self, programs: &Programs) -> Result<Command, Error> {
        let mut command = programs.command("pg_ctl");
        command.arg("--pgdata").arg(self.data()?);
        Ok(command)
    }

    fn read(&self, name: &str) -> Result<String, Error> {
        let path = self.folder.join(name);
        fs::read_to_string(&path).map_err(at(&path))
    }

    /// Held until it is dropped; other processes wait.
    fn lock(&self) -> Result<File, Error> {
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(at(&path))?;
        file.lock().map_err(at(&path))?;
        Ok(file)
    }
}

/// Holds the path of the data folder where it is not `data`.
const POINTER: &str = "data-folder";

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(path).map_err(at(path))?;
    file.write_all(text.as_bytes()).map_err(at(path))
}

fn at(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Error {
    let path = path.as_ref().to_owned();
    |error| Error::Io(path, error)
}

/// Runs a program to its end, quietly unless it fails.
fn run(command: &mut Command) -> Result<(), Error> {
    let program = Path::new(command.get_program()).display().to_string();
    let output = command.output().map_err(at(&program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::Program(program, String::from_utf8_lossy(&said).trim().to_owned()))
}
