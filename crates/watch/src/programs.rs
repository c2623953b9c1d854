//! Other people's programs, and what they say of the files in `deploy`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use platform::{Outcome, folder};

/// Prometheus with promtool, Alertmanager with amtool.
const DEBIAN: [&str; 2] = ["prometheus", "prometheus-alertmanager"];
/// What dashboards are written with, and how spans come over OTLP.
const PYTHON: [&str; 2] =
    ["grafana-foundation-sdk==1769699998!10.1.0", "opentelemetry-proto==1.45.2"];

/// Who is to hear of which alert. Only in a cluster has one a namespace.
const ROUTES: [(&str, &str); 4] = [
    ("severity=page", "page"),
    ("severity=page namespace=damacorch-prod", "page"),
    ("severity=page namespace=damacorch-stg", "ticket"),
    ("severity=ticket namespace=damacorch-prod", "ticket"),
];

/// Puts a folder in the place of `/usr/share`, for one program only.
const AT_HOME: &str = r#"mount --bind "$0" /usr/share && exec "$@""#;

/// Where they are.
pub(crate) struct Programs {
    debian: PathBuf,
    python: PathBuf,
}

impl Programs {
    /// Finds them, or installs them below `target/tools`.
    pub(crate) fn find() -> Outcome<Self> {
        Ok(Programs {
            debian: tools::debian("monitoring", &DEBIAN)?,
            python: tools::python("watch", &PYTHON)?.join("python"),
        })
    }

    /// One of Debian's.
    pub(crate) fn debian(&self, name: &str) -> Command {
        Command::new(self.debian.join("usr/bin").join(name))
    }

    /// One of Debian's that finds its own files in `/usr/share`, as if it were installed.
    pub(crate) fn debian_at_home(&self, name: &str) -> Command {
        let mut unshare = Command::new("unshare");
        unshare.args(["--map-root-user", "--mount", "sh", "-c", AT_HOME]);
        unshare.arg(self.debian.join("usr/share")).arg(self.debian.join("usr/bin").join(name));
        unshare
    }

    /// A script for Python.
    pub(crate) fn python(&self, script: &Path) -> Command {
        let mut python = Command::new(&self.python);
        python.arg(script);
        python
    }

    /// Rules and their tests, the routes of alerts, and whether the dashboards are as they are described.
    pub(crate) fn check_files(&self) -> Outcome {
        let deploy = folder::root().join("deploy");
        let monitored = monitored(&deploy, &fresh("files")?)?;
        let mut promtool = self.debian("promtool");
        run("prometheus.yml and rules", promtool.args(["check", "config"]).arg(monitored))?;
        let tests = files(&deploy.join("prometheus/tests"))?;
        let mut promtool = self.debian("promtool");
        run("tests of rules", promtool.args(["test", "rules"]).args(tests))?;
        let alertmanager = deploy.join("alertmanager/alertmanager.yml");
        run("alertmanager.yml", self.debian("amtool").arg("check-config").arg(&alertmanager))?;
        for (alert, receiver) in ROUTES {
            let mut amtool = self.debian("amtool");
            amtool.args(["config", "routes", "test", "--verify.receivers", receiver]);
            amtool.arg("--config.file").arg(&alertmanager).args(alert.split(' '));
            run(&format!("{alert} goes to {receiver}"), &mut amtool)?;
        }
        let script = deploy.join("grafana/dashboards.py");
        run("dashboards", self.python(&script).arg("--check"))
    }

    /// Writes the dashboards as they are described.
    pub(crate) fn draw_dashboards(&self) -> Outcome {
        let script = folder::root().join("deploy/grafana/dashboards.py");
        run("dashboards", &mut self.python(&script))
    }
}

/// Prometheus' configuration as it is laid out on this machine, where `places` are those of `make run`.
pub(crate) fn monitored(deploy: &Path, folder: &Path) -> Outcome<PathBuf> {
    let prometheus = deploy.join("prometheus");
    for (name, origin) in
        [("prometheus.yml", "prometheus.yml"), ("rules", "rules"), ("places", "local")]
    {
        std::os::unix::fs::symlink(prometheus.join(origin), folder.join(name))?;
    }
    Ok(folder.join("prometheus.yml"))
}

/// An empty folder below `target/watch`.
pub(crate) fn fresh(name: &str) -> Outcome<PathBuf> {
    let path = folder::root().join("target/watch").join(name);
    if path.exists() {
        fs::remove_dir_all(&path)?;
    }
    fs::create_dir_all(&path)?;
    Ok(path)
}

/// The files of a folder, by name.
pub(crate) fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries: Result<Vec<_>, _> = fs::read_dir(folder)?.collect();
    let mut paths: Vec<_> = entries?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    Ok(paths)
}

/// Runs it to its end, and says what it said where it failed.
fn run(what: &str, command: &mut Command) -> Outcome {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        println!("· {what}: good");
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{what}:\n{}", String::from_utf8_lossy(&said).trim()).into())
}
