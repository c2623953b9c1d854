//! The processes of the platform: one for each service and the gateway, as in production.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::cognito::{Cognito, Player};
use crate::database::Database;
use crate::keys::Keys;
use crate::ports::{Ports, Settings};
use crate::services::SERVICES;
use crate::{Outcome, folder};

/// How long a process may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a process may take to stop: longer than any request may.
const FAREWELL: Duration = Duration::from_secs(40);

/// Everything that runs.
pub struct Platform {
    database: Database,
    cognito: Option<Cognito>,
    processes: Vec<Process>,
}

/// One process.
pub struct Process {
    name: String,
    health: String,
    log: PathBuf,
    child: Child,
}

impl Platform {
    /// With a database, perhaps with Cognito, and no process yet.
    pub async fn open(player: Option<Player>) -> Outcome<Self> {
        Ports::usual().are_free()?;
        let cognito = player.map(Cognito::start).transpose()?;
        Ok(Platform { database: Database::open().await?, cognito, processes: Vec::new() })
    }

    /// Starts everything, and returns when everything is ready.
    pub async fn start(&mut self) -> Outcome {
        let (keys, ports) = (&Keys::open()?, &Ports::usual());
        println!("· tables");
        migrate(&self.database).await?;
        let logs = folder::path("logs");
        for service in &SERVICES {
            let mut settings = ports.of_service(service.name, keys, &self.database)?;
            if let Some(cognito) = self.cognito.as_ref().filter(|_| service.name == "auth") {
                cognito.tell_auth(&mut settings);
            }
            self.processes.push(Process::start(service.name, settings, &logs)?);
        }
        let mut settings = ports.of_gateway(keys)?;
        if let Some(cognito) = &self.cognito {
            cognito.tell_gateway(&mut settings)?;
        }
        self.processes.push(Process::start("gateway", settings, &logs)?);
        for process in &mut self.processes {
            process.ready().await?;
            println!("· {} is ready", process.name);
        }
        Ok(())
    }

    /// Waits until a process ends that should not.
    pub async fn watch(&mut self) -> Outcome {
        loop {
            for process in &mut self.processes {
                if let Some(status) = process.child.try_wait()? {
                    return Err(process.ended(&status.to_string()));
                }
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Asks every process to stop, the door first, and waits for it; then stops the private database. A second Ctrl-C ends
    /// the waiting: what still runs is killed.
    pub async fn stop(mut self) -> Outcome {
        let stopped = tokio::select! {
            stopped = stop_each(&mut self.processes) => stopped,
            signal = chassis::stop_signal() => signal.map_err(Into::into),
        };
        self.processes.clear();
        stopped.and(self.database.close())
    }
}

async fn stop_each(processes: &mut [Process]) -> Outcome {
    for process in processes.iter_mut().rev() {
        process.stop().await?;
    }
    Ok(())
}

/// Brings every service's tables to the version of its binary.
pub async fn migrate(database: &Database) -> Outcome {
    for service in &SERVICES {
        let owner = database.url(&format!("{}_owner", service.name))?;
        let migrated = Command::new(binary(service.name)?)
            .arg("migrate")
            .env("MIGRATION_DATABASE_URL", owner)
            .env("LOG_LEVEL", "warn")
            .status()
            .await?;
        if !migrated.success() {
            return Err(format!("{} could not migrate its tables", service.name).into());
        }
    }
    Ok(())
}

impl Process {
    /// Starts the binary of this name, which says what it does in a file of that folder.
    pub fn start(name: &str, settings: Settings, logs: &Path) -> Outcome<Self> {
        Self::start_by(Command::new(binary(name)?), name, settings, logs)
    }

    /// The same, under a program that watches it: `valgrind --tool=callgrind`.
    pub fn start_under(
        watcher: &[&str],
        name: &str,
        settings: Settings,
        logs: &Path,
    ) -> Outcome<Self> {
        let (program, arguments) = watcher.split_first().ok_or("no program")?;
        let mut command = Command::new(program);
        command.args(arguments).arg(binary(name)?);
        Self::start_by(command, name, settings, logs)
    }

    fn start_by(
        mut command: Command,
        name: &str,
        settings: Settings,
        logs: &Path,
    ) -> Outcome<Self> {
        let health = ["ADMIN_LISTEN", "LISTEN"].iter().find_map(|name| settings.get(*name));
        let health = format!("http://{}/healthz", health.ok_or("nowhere to listen")?);
        fs::create_dir_all(logs)?;
        let log = logs.join(format!("{name}.log"));
        let file = File::create(&log)?;
        let child = command
            .arg("serve")
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            // Ctrl-C is for us; we tell the others, in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Process { name: name.to_owned(), health, log, child })
    }

    /// Its id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Returns when it is ready.
    pub async fn ready(&mut self) -> Outcome {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
        let until = Instant::now() + PATIENCE;
        let mut last = String::from("no answer");
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                return Err(self.ended(&status.to_string()));
            }
            match http.get(&self.health).send().await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => last = answer.text().await?,
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("{} is not ready: {last}\nSee {}", self.name, self.log.display()).into())
    }

    /// Asks it to stop, and waits for it, but not for ever: then it is killed.
    pub async fn stop(&mut self) -> Outcome {
        let Some(id) = self.child.id() else {
            return Ok(());
        };
        // The shell's own: a small Debian has no program of that name.
        Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id.to_string()]).status().await?;
        if tokio::time::timeout(FAREWELL, self.child.wait()).await.is_ok() {
            return Ok(());
        }
        self.child.kill().await?;
        Err(format!("{} did not stop and was killed. See {}", self.name, self.log.display()).into())
    }

    fn ended(&self, how: &str) -> Box<dyn std::error::Error + Send + Sync> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(5).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        format!("{} ended ({how}):\n  {}\nSee {}", self.name, last.join("\n  "), self.log.display())
            .into()
    }
}

/// `auth grant`, as auth's own role.
pub async fn grant(database: &Database, email: &str, role: &str) -> Outcome {
    let granted = Command::new(binary("auth")?)
        .args(["grant", email, role])
        .env("DATABASE_URL", database.url("auth_app")?)
        .status()
        .await?;
    if granted.success() {
        return Ok(());
    }
    Err("nothing was granted".into())
}

/// Built beside this binary.
fn binary(name: &str) -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    Err(format!("{name} is not built: cargo build --workspace --bins (make run does it)").into())
}
