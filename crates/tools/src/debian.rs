//! Debian's packages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Missing, folder, run};

/// Where programs are besides the PATH: those of daemons are not on everybody's.
const PLACES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// Where Debian puts each version of PostgreSQL; what is on the PATH there is a script around it.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// Whose signature every release bears.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

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
    extract(folder).map_err(missing)
}

/// Lays out the files of what was downloaded into a folder there.
fn extract(folder: &Path) -> Result<(), String> {
    let files = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "deb")) {
        run(Command::new("dpkg-deb").arg("--extract").arg(file).arg(folder))?;
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

/// A folder with the files of a package of another release (`2.75-2` of `trixie`), unpacked beside this machine's own and not
/// installed: its libraries must be there already. It comes from where this machine's packages come from.
pub(crate) fn unpacked(package: &str, version: &str, release: &str) -> Result<PathBuf, Missing> {
    let pinned = format!("{package}={version}");
    folder::made_of(package, &[&pinned, release], |folder| {
        let missing = |why: String| Missing::new(package, why);
        let told = |error: io::Error| missing(error.to_string());
        let source = format!("deb [signed-by={KEYRING}] {} {release} main\n", mirror(package)?);
        for lists in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(lists)).map_err(told)?;
        }
        fs::write(folder.join("sources.list"), source).map_err(told)?;
        let apt_get = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            for (setting, place) in [
                ("Dir::Etc::SourceList", "sources.list"),
                ("Dir::Etc::SourceParts", "-"),
                ("Dir::State::Lists", "lists"),
                ("Dir::Cache", "cache"),
            ] {
                let place = if place == "-" { place.into() } else { folder.join(place) };
                command.args(["-o", &format!("{setting}={}", place.display())]);
            }
            run(command.current_dir(folder).arg("--quiet").args(arguments)).map_err(missing)
        };
        apt_get(&["update"])?;
        apt_get(&["download", &pinned])?;
        extract(folder).map_err(missing)?;
        for heap in ["lists", "cache"] {
            fs::remove_dir_all(folder.join(heap)).map_err(told)?;
        }
        Ok(())
    })
}

/// Where this machine's own release comes from.
fn mirror(package: &str) -> Result<String, Missing> {
    let mut apt_get = Command::new("apt-get");
    apt_get.args(["indextargets", "--format", "$(RELEASE) $(REPO_URI)"]);
    apt_get.args(["Created-By: Packages", "Component: main", "Origin: Debian"]);
    let said = apt_get.stdin(Stdio::null()).output().map(|output| output.stdout);
    let said = said.map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default();
    let mut lines = said.lines().filter_map(|line| line.split_once(' '));
    // A release's updates have a hyphen in their name, and may come from elsewhere.
    let mirror = lines.find(|(release, _)| !release.contains('-')).map(|(_, uri)| uri.to_owned());
    mirror.ok_or_else(|| Missing::new(package, "apt-get knows no place of Debian's packages"))
}
