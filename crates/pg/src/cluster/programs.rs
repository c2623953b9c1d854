//! PostgreSQL's programs: where they are, and getting them where they are not.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{Error, account::Account, at};

/// Where Debian puts each version; its programs are not on the PATH.
const DEBIAN: &str = "/usr/lib/postgresql";

/// One version's programs, and who runs them.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    pub(super) account: Account,
}

impl Programs {
    pub(super) fn command(&self, name: &str) -> Command {
        self.account.command(&self.folder.join(name))
    }
}

/// The folder of the programs of the given major version, or of the newest; installs some if there are none at all.
pub(super) fn find(version: Option<&str>) -> Result<PathBuf, Error> {
    if let Some(found) = installed(version) {
        return Ok(found);
    }
    if let Some(version) = version {
        return Err(Error::NotInstalled(format!(" in version {version}, which made the data")));
    }
    install()?;
    installed(None).ok_or_else(|| Error::NotInstalled(String::new()))
}

fn installed(version: Option<&str>) -> Option<PathBuf> {
    candidates()
        .into_iter()
        // pg_config also comes with the client's headers, without a server.
        .filter(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .find(|folder| version.is_none_or(|wanted| version_of(folder).as_deref() == Some(wanted)))
}

/// What the PATH means first, then Debian's folders, newest first.
fn candidates() -> Vec<PathBuf> {
    let on_path = Command::new("pg_config").arg("--bindir").output().ok();
    let on_path = on_path
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|folder| PathBuf::from(folder.trim()));

    let mut versions: Vec<u32> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let debian =
        versions.into_iter().map(|version| Path::new(DEBIAN).join(format!("{version}/bin")));
    on_path.into_iter().chain(debian).collect()
}

/// The major version of the programs in `folder`: `postgres (PostgreSQL) 15.14 (...)` is `15`.
fn version_of(folder: &Path) -> Option<String> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    Some(said.split_whitespace().nth(2)?.split('.').next()?.to_owned())
}

/// Installs Debian's package, as root or through sudo if that asks for no password.
fn install() -> Result<(), Error> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
        // Its progress is worth seeing, but our own output may be read by a program.
        match command.stdin(Stdio::null()).stdout(io::stderr()).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(Error::NotInstalled(" and apt-get failed".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::NotInstalled(" and there is no sudo".to_owned()))
            }
            Err(error) => Err(at("apt-get")(error)),
        }
    };
    eprintln!("PostgreSQL is not installed: installing it with apt-get");
    apt_get(&["update", "--quiet"])?;
    apt_get(&["install", "--yes", "--quiet", "--no-install-recommends", "postgresql"])
}
