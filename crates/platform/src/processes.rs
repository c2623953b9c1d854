//! The processes of the platform: one for each service and the gateway, as in production.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::process::{Child, Command};

use crate::cognito::{Cognito, Player};
use crate::database::Database;
use crate::keys::Keys;
use crate::services::{GATEWAY_ADMIN_PORT, GATEWAY_PORT, PUBLIC, SERVICES};
use crate::{Outcome, folder};

/// What a process is told.
pub type Settings = BTreeMap<String, String>;

/// Where mails go that would leave the machine elsewhere.
pub const MAILS: &str = "mails";

/// How long a process may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(60);

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

    /// Asks every process to stop, the door first, and waits for it; then stops the private database.
    pub async fn stop(mut self) -> Outcome {
        for process in self.processes.iter_mut().rev() {
            process.stop().await?;
        }
        self.database.close()
    }
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

    /// Asks it to stop, and waits for it.
    pub async fn stop(&mut self) -> Outcome {
        let Some(id) = self.child.id() else {
            return Ok(());
        };
        // The shell's own: a small Debian has no program of that name.
        Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id.to_string()]).status().await?;
        self.child.wait().await?;
        Ok(())
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

/// Where everything listens, on loopback.
pub struct Ports {
    services: BTreeMap<&'static str, u16>,
    gateway: u16,
    gateway_admin: u16,
}

impl Ports {
    /// Where people expect it.
    pub fn usual() -> Self {
        Ports {
            services: SERVICES.iter().map(|service| (service.name, service.port)).collect(),
            gateway: GATEWAY_PORT,
            gateway_admin: GATEWAY_ADMIN_PORT,
        }
    }

    /// Where nobody listens now.
    pub fn free() -> Outcome<Self> {
        let held: Result<Vec<TcpListener>, _> =
            (0..SERVICES.len() + 2).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect();
        let ports: Result<Vec<u16>, _> =
            held?.iter().map(|held| Ok::<_, std::io::Error>(held.local_addr()?.port())).collect();
        let ports = ports?;
        Ok(Ports {
            services: SERVICES.iter().zip(&ports).map(|(of, port)| (of.name, *port)).collect(),
            gateway: ports[SERVICES.len()],
            gateway_admin: ports[SERVICES.len() + 1],
        })
    }

    fn are_free(&self) -> Outcome {
        for port in self.services.values().chain([&self.gateway, &self.gateway_admin]) {
            if TcpListener::bind(("127.0.0.1", *port)).is_err() {
                return Err(format!(
                    "port {port} is taken; is the platform running already, or something else?"
                )
                .into());
            }
        }
        Ok(())
    }

    /// What a service is told.
    pub fn of_service(&self, name: &str, keys: &Keys, database: &Database) -> Outcome<Settings> {
        let mut settings = self.everywhere(name, keys)?;
        let port = self.services.get(name).ok_or("no such service")?;
        settings.insert("LISTEN".into(), format!("127.0.0.1:{port}"));
        settings.insert("DATABASE_URL".into(), database.url(&format!("{name}_app"))?);
        if name == "auth" {
            settings.insert("JWT_SECRET".into(), keys.tokens.clone());
            settings.insert("TOKEN_ISSUER".into(), PUBLIC.into());
            settings.insert("MAIL_FOLDER".into(), folder::path(MAILS).display().to_string());
            settings.insert("PUBLIC_URL".into(), PUBLIC.into());
        }
        if name == "sns" {
            settings.insert("TOKEN_KEYS".into(), keys.sns_tokens.clone());
        }
        Ok(settings)
    }

    /// What the gateway is told.
    pub fn of_gateway(&self, keys: &Keys) -> Outcome<Settings> {
        let mut settings = self.everywhere("gateway", keys)?;
        let jwks_url = format!("{}/.well-known/jwks.json", settings["AUTH_BASE_URL"]);
        let issuers = json!([{"issuer": PUBLIC, "audience": "damacorch", "jwks_url": jwks_url}]);
        settings.insert("TOKEN_ISSUERS".into(), issuers.to_string());
        settings.insert("LISTEN".into(), format!("127.0.0.1:{}", self.gateway));
        settings.insert("ADMIN_LISTEN".into(), format!("127.0.0.1:{}", self.gateway_admin));
        Ok(settings)
    }

    /// What every process is told.
    fn everywhere(&self, name: &str, keys: &Keys) -> Outcome<Settings> {
        let base_url = |(name, port): (&&str, &u16)| {
            (format!("{}_BASE_URL", name.to_uppercase()), format!("http://127.0.0.1:{port}"))
        };
        let mut settings: Settings = self.services.iter().map(base_url).collect();
        settings.insert("ASSERTION_PUBLIC_KEYS".into(), keys.public.clone());
        settings.insert("ASSERTION_KEY".into(), keys.private.get(name).ok_or("no key")?.clone());
        settings.insert("WORKERS".into(), "2".into());
        // There is no load balancer here that needs time to notice.
        settings.insert("SHUTDOWN_DELAY".into(), "0".into());
        Ok(settings)
    }
}

/// Built beside this binary.
fn binary(name: &str) -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    Err(format!("{name} is not built: cargo build --workspace --bins (make run does it)").into())
}
