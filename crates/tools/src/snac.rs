//! snac2: a small server of the fediverse that speaks Mastodon's API.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Daemon, Missing, debian, install_debian, run};

/// Debian has it from this release on; it runs on the one before.
const RELEASE: &str = "trixie";
const VERSION: &str = "2.75-2";

/// A server that runs, and ends with this process.
#[derive(Debug)]
pub struct Snac {
    program: PathBuf,
    files: PathBuf,
    address: SocketAddr,
    _daemon: Daemon,
}

impl Snac {
    /// Starts a server that listens on `address`; its words go to the file `log`, its files beside it.
    pub fn start(address: SocketAddr, log: &Path) -> Result<Self, Missing> {
        let program = debian::unpacked("snac2", VERSION, RELEASE)?.join("usr/bin/snac");
        let runs = Command::new(&program).output().is_ok_and(|said| !said.stdout.is_empty());
        if !runs {
            install_debian(&["libcurl4"])?;
        }
        let files = log.with_extension("files");
        if files.exists() {
            fs::remove_dir_all(&files).map_err(missing)?;
        }
        set_up(&program, &files, address)?;
        let mut server = Command::new(&program);
        server.arg("httpd").arg(&files);
        let daemon = Daemon::start(&server, address, log).map_err(missing)?;
        Ok(Snac { program, files, address, _daemon: daemon })
    }

    /// Opens an account and posts these texts in this order.
    pub fn account(&self, name: &str, posts: &[&str]) -> Result<(), Missing> {
        self.run("adduser", &[name])?;
        posts.iter().try_for_each(|post| self.run("note", &[name, post]))
    }

    /// Where it is asked.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn run(&self, command: &str, arguments: &[&str]) -> Result<(), Missing> {
        let mut snac = Command::new(&self.program);
        snac.arg(command).arg(&self.files).args(arguments);
        run(&mut snac).map_err(|why| Missing::new("snac2", why))
    }
}

/// Makes its files, and has it speak HTTP: it takes for granted that something before it speaks TLS.
fn set_up(program: &Path, files: &Path, address: SocketAddr) -> Result<(), Missing> {
    let mut init = Command::new(program);
    init.arg("init").arg(files).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = init.spawn().map_err(missing)?;
    if let Some(mut answers) = child.stdin.take() {
        // Address, port, host name, prefix, the administrator's address.
        let (ip, port) = (address.ip(), address.port());
        write!(answers, "{ip}\n{port}\n{address}\n\n\n").map_err(missing)?;
    }
    child.wait().map_err(missing)?;
    let settings = files.join("server.json");
    let written = fs::read_to_string(&settings).map_err(missing)?;
    let plain = written.replace(r#""protocol": "https""#, r#""protocol": "http""#);
    fs::write(&settings, plain).map_err(missing)
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn missing(error: io::Error) -> Missing {
    Missing::new("snac2", error.to_string())
}
