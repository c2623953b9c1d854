//! A private PostgreSQL of our own in a folder: for tests, and for running the platform on a laptop.
//!
//! The folder holds `password` and `port` of the server, a `lock`, and the data in `data` (or in `data-folder` the path
//! of where they are instead). Everything here blocks; nothing here is for production.

mod account;
mod binaries;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    net::TcpListener,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use account::Account;
use binaries::Binaries;

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

/// A cluster in a folder, running or not.
#[derive(Clone, Debug)]
pub struct Cluster {
    folder: PathBuf,
    purpose: Purpose,
    account: Account,
}

impl Cluster {
    /// The cluster in `folder`, which is made if it is not there. Starts nothing yet.
    pub fn new(folder: &Path, purpose: Purpose) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        // The server's working directory is another one.
        let folder = folder.canonicalize().map_err(at(folder))?;
        Ok(Self {
            folder,
            purpose,
            account: Account::choose()?,
        })
    }

    /// Starts the server unless it runs; before that, installs PostgreSQL and makes the cluster where there is none.
    ///
    /// Of several processes that call this at once, one does the work and the others wait.
    pub fn start(&self) -> Result<(), Error> {
        let _lock = self.lock()?;
        if self.is_running()? {
            return Ok(());
        }
        if !self.is_made()? {
            self.make()?;
        }
        let binaries = self.binaries()?;
        loop {
            let port = self.choose_port()?;
            let settings = self.server_settings(port);
            let log = self.data()?.join("server.log");
            let mut pg_ctl = self.pg_ctl(&binaries)?;
            pg_ctl.args([
                "start",
                "--wait",
                "--timeout=60",
                "--silent",
                "-o",
                &settings,
            ]);
            let Err(error) = run(pg_ctl.arg("--log").arg(&log)) else {
                return Ok(());
            };
            // Somebody may have taken the port between our look and the server's.
            if is_free(port) {
                let log = fs::read_to_string(log).unwrap_or_default();
                let tail = log.len().saturating_sub(2000);
                eprintln!("{}", log.get(tail..).unwrap_or(&log));
                return Err(error);
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
        let mut status = self.pg_ctl(&self.binaries()?)?;
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
        Ok(format!(
            "postgres://postgres:{password}@127.0.0.1:{}/{database}",
            self.read("port")?
        ))
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
        run(self
            .pg_ctl(&self.binaries()?)?
            .args(["stop", "--mode=fast", "--wait", "--silent"]))
    }

    fn make(&self) -> Result<(), Error> {
        let binaries = self.binaries()?;
        let password = format!("{:032x}", rand::random::<u128>());
        write_private(&self.folder.join("password"), &password)?;
        let data = self.place_data(&binaries)?;

        // initdb reads the password as the server's user, who may see nothing of our folder.
        let password_file = std::env::temp_dir().join(format!("{:032x}", rand::random::<u128>()));
        write_private(&password_file, &password)?;
        self.account.own(&password_file)?;
        let mut initdb = self.account.command(&binaries.program("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=scram-sha-256",
            "--no-instructions",
        ]);
        initdb
            .args(["--encoding=UTF8", "--locale=C.UTF-8"])
            .arg("--pwfile")
            .arg(&password_file);
        if self.purpose == Purpose::Test {
            initdb.arg("--no-sync");
        }
        let made = run(initdb.arg("--pgdata").arg(data));
        fs::remove_file(&password_file).map_err(at(&password_file))?;
        made
    }

    /// Makes the empty data folder, belonging to the server's user.
    fn place_data(&self, binaries: &Binaries) -> Result<PathBuf, Error> {
        let data = self.folder.join("data");
        self.account.make_folder(&data)?;
        if self.account.reaches(&data)? {
            return Ok(data);
        }
        // Root works in a folder that the server's user cannot enter, such as a clone below /root: the data have to live
        // where both can go.
        fs::remove_dir(&data).map_err(at(&data))?;
        let elsewhere = account::shared_folder_for(&self.folder);
        let pointer = self.folder.join(POINTER);
        fs::write(&pointer, elsewhere.as_os_str().as_encoded_bytes()).map_err(at(&pointer))?;
        if elsewhere.exists() {
            // Left behind by a folder that was deleted by hand, perhaps with its server still running.
            self.account.must_own(&elsewhere)?;
            if self.is_running()? {
                run(self
                    .pg_ctl(binaries)?
                    .args(["stop", "--mode=immediate", "--wait"]))?;
            }
            fs::remove_dir_all(&elsewhere).map_err(at(&elsewhere))?;
        }
        self.account.make_folder(&elsewhere)?;
        Ok(elsewhere)
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

    fn is_made(&self) -> Result<bool, Error> {
        Ok(self.data()?.join("global/pg_control").exists())
    }

    /// The programs that fit the data's version, or the newest ones before there are data.
    fn binaries(&self) -> Result<Binaries, Error> {
        let version = fs::read_to_string(self.data()?.join("PG_VERSION")).ok();
        Binaries::find(version.as_deref().map(str::trim))
    }

    fn pg_ctl(&self, binaries: &Binaries) -> Result<Command, Error> {
        let mut command = self.account.command(&binaries.program("pg_ctl"));
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
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(at(path))?;
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
    Err(Error::Program(
        program,
        String::from_utf8_lossy(&said).trim().to_owned(),
    ))
}
