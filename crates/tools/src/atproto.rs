//! A network of Bluesky's kind: a server of members' repositories (PDS) and a directory of their identities (PLC), both of
//! npm's `@atproto/dev-env`, in memory.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Daemon, Missing, install_debian, node_by, node_program, program};

const REQUIREMENT: &str = "@atproto/dev-env@0.6.7";
const SCRIPT: &str = include_str!("atproto.mjs");

/// A network that runs, and ends with this process.
#[derive(Debug)]
pub struct Atproto {
    node: PathBuf,
    script: PathBuf,
    pds: SocketAddr,
    plc: SocketAddr,
    _daemon: Daemon,
}

impl Atproto {
    /// Starts a PDS and a PLC that listen on these addresses; their words go to the file `log`, their files beside it.
    pub fn start(pds: SocketAddr, plc: SocketAddr, log: &Path) -> Result<Self, Missing> {
        let node = node_program()?;
        let packages = node_by("atproto", &[REQUIREMENT], || npm_of(&node))?;
        let files = log.with_extension("files");
        let script = files.join("atproto.mjs");
        if files.exists() {
            fs::remove_dir_all(&files).map_err(missing)?;
        }
        fs::create_dir_all(&files).and_then(|()| fs::write(&script, SCRIPT)).map_err(missing)?;

        let mut network = Command::new(&node);
        network.arg(&script).arg("network").arg(packages).env("TMPDIR", &files);
        network.args([pds.port().to_string(), plc.port().to_string()]);
        let daemon = Daemon::start(&network, pds, log).map_err(missing)?;
        Ok(Atproto { node, script, pds, plc, _daemon: daemon })
    }

    /// Opens an account, `name`.test, and posts these texts in this order; answers with its DID.
    pub fn account(&self, name: &str, posts: &[&str]) -> Result<String, Missing> {
        let mut account = Command::new(&self.node);
        account.arg(&self.script).args(["account", &self.pds_url(), name]);
        account.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = account.spawn().map_err(missing)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(posts.join("\0").as_bytes()).map_err(missing)?;
        }
        let output = child.wait_with_output().map_err(missing)?;
        let said = |words: &[u8]| String::from_utf8_lossy(words).trim().to_owned();
        if output.status.success() {
            return Ok(said(&output.stdout));
        }
        Err(Missing::new("an account", said(&output.stderr)))
    }

    /// Where members' repositories are asked for.
    pub fn pds_url(&self) -> String {
        format!("http://localhost:{}", self.pds.port())
    }

    /// Where DID documents are asked for.
    pub fn plc_url(&self) -> String {
        format!("http://localhost:{}", self.plc.port())
    }
}

/// The npm beside a Node. One part of the packages is compiled where it is installed, and must be against the headers of the
/// Node that will run it: Debian's npm knows Debian's alone.
fn npm_of(node: &Path) -> Result<Command, Missing> {
    if program("g++").is_none() || program("make").is_none() {
        install_debian(&["g++", "make", "python3"])?;
    }
    let bin = node.parent().unwrap_or(node);
    let root = bin.parent().unwrap_or(bin);
    let parts = fs::read_dir(root.join("node_modules")).map_err(missing)?.flatten();
    let headers = parts.map(|part| part.path()).find(|part| part.join("include").exists());
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut npm = Command::new(node);
    npm.arg(root.with_file_name("npm").join("bin/npm-cli.js"));
    npm.env("PATH", path.map_err(|error| Missing::new("atproto", error.to_string()))?);
    npm.env("npm_config_nodedir", headers.unwrap_or_else(|| root.to_owned()));
    Ok(npm)
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn missing(error: io::Error) -> Missing {
    Missing::new("atproto", error.to_string())
}
