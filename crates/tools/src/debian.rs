//! Debian's packages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Missing, run};

/// Where programs are besides the PATH: those of daemons are not on everybody's.
const PLACES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// Where Debian puts each version of PostgreSQL; what is on the PATH there is a script around it.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// Where a program is.
pub fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    let of_postgresql = versions.map(|version| version.path().join("bin"));
    let places = of_postgresql.chain(PLACES.iter().map(PathBuf::from));
    places.map(|place| place.join(name)).find(|path| path.exists())
}

/// Installs packages, as root or through a sudo that asks for no password; says so, because it takes a while.
pub fn install(packages: &[&str]) -> Result<(), Missing> {
    eprintln!("installing {} with apt-get", packages.join(" "));
    let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    install.extend(packages);
    if apt_get(&["update", "--quiet"]) && apt_get(&install) {
        return Ok(());
    }
    let names = packages.join(" ");
    Err(Missing::new(&names, format!("cannot be installed from here: apt-get install {names}")))
}

/// Unpacks packages into a folder and installs nothing.
pub(crate) fn unpack(folder: &Path, packages: &[&str]) -> Result<(), Missing> {
    let names = packages.join(" ");
    let missing = |why: String| Missing::new(&names, why);
    let download = || {
        let mut command = Command::new("apt-get");
        run(command.args(["download", "--quiet"]).args(packages).current_dir(folder))
    };
    if download().is_err() {
        apt_get(&["update", "--quiet"]);
        download().map_err(missing)?;
    }
    let files = fs::read_dir(folder).map_err(|error| missing(error.to_string()))?;
    let files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "deb")) {
        run(Command::new("dpkg-deb").arg("--extract").arg(file).arg(folder)).map_err(missing)?;
    }
    Ok(())
}

/// Runs apt-get as root; says whether it did what it should.
fn apt_get(arguments: &[&str]) -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = Command::new(if root { "env" } else { "sudo" });
    if !root {
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    // Its progress is worth seeing, but our own output may be read by a program.
    let done = command.stdin(Stdio::null()).stdout(io::stderr()).status();
    done.is_ok_and(|status| status.success())
}
