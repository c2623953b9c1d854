//! The programs that the bench drives: Debian's, installed where they are missing.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use platform::Outcome;

/// A program, and the package it comes from.
const TOOLS: [(&str, &str); 5] = [
    ("wrk", "wrk"),
    ("haproxy", "haproxy"),
    ("nginx", "nginx"),
    ("openssl", "openssl"),
    ("pgbench", "postgresql"),
];

/// Where programs are; those of daemons are not on everybody's PATH.
const PLACES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// Where Debian puts each version of PostgreSQL; what is on the PATH there is a script around it.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// Where a program is.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    let of_postgresql = versions.map(|version| version.path().join("bin"));
    let places = of_postgresql.chain(PLACES.iter().map(PathBuf::from));
    places.map(|place| place.join(name)).find(|path| path.exists())
}

/// Installs what is missing, as root or through a sudo that asks for no password.
pub(crate) fn install() -> Outcome {
    let missing: Vec<&str> = TOOLS
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("· installing {}", missing.join(" "));
    let is_root = nix::unistd::geteuid().is_root();
    let mut command = Command::new(if is_root { "env" } else { "sudo" });
    if !is_root {
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "install"]);
    command.args(["--yes", "--quiet", "--no-install-recommends"]).args(&missing);
    let installed = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    if installed.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(format!(
        "missing, and not to be installed from here: apt-get install {}",
        missing.join(" ")
    )
    .into())
}
