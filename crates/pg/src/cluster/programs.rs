//! PostgreSQL's programs: where they are, and getting them where they are not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Error, account::Account};

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
    tools::install_debian(&["postgresql"])
        .map_err(|missing| Error::NotInstalled(format!(": {missing}")))?;
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
