//! The processes of the platform: one for each service and the gateway, as in production.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use identity::keys::SigningKey;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::database::Database;
use crate::services::{GATEWAY_ADMIN_PORT, GATEWAY_PORT, PUBLIC, SERVICES};
use crate::{Outcome, folder};

/// How long a process may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that runs.
pub(crate) struct Platform {
    database: Database,
    processes: Vec<Process>,
}

struct Process {
    name: &'static str,
    health: String,
    log: PathBuf,
    child: Child,
}

impl Platform {
    /// With a database, and no process yet.
    pub(crate) async fn open() -> Outcome<Self> {
        ports_are_free()?;
        Ok(Platform { database: Database::open().await?, processes: Vec::new() })
    }

    /// Starts everything, and returns when everything is ready.
    pub(crate) async fn start(&mut self) -> Outcome {
        let keys = &Keys::open()?;
        self.migrate().await?;
        for service in &SERVICES {
            let mut settings = everywhere(keys, service.name)?;
            settings.insert("LISTEN".into(), format!("127.0.0.1:{}", service.port));
            settings.insert(
                "DATABASE_URL".into(),
                self.database.url(&format!("{}_app", service.name))?,
            );
            if service.name == "auth" {
                settings.insert("JWT_SECRET".into(), keys.tokens.clone());
                settings.insert("TOKEN_ISSUER".into(), PUBLIC.into());
            }
            let health = format!("http://127.0.0.1:{}/healthz", service.port);
            self.processes.push(Process::start(service.name, health, settings)?);
        }
        let mut settings = everywhere(keys, "gateway")?;
        let jwks_url = format!("{}/.well-known/jwks.json", settings["AUTH_BASE_URL"]);
        let issuers = json!([{"issuer": PUBLIC, "audience": "damacorch", "jwks_url": jwks_url}]);
        settings.insert("TOKEN_ISSUERS".into(), issuers.to_string());
        settings.insert("LISTEN".into(), format!("127.0.0.1:{GATEWAY_PORT}"));
        settings.insert("ADMIN_LISTEN".into(), format!("127.0.0.1:{GATEWAY_ADMIN_PORT}"));
        let health = format!("http://127.0.0.1:{GATEWAY_ADMIN_PORT}/healthz");
        self.processes.push(Process::start("gateway", health, settings)?);
        for process in &mut self.processes {
            process.ready().await?;
            println!("· {} is ready", process.name);
        }
        Ok(())
    }

    async fn migrate(&self) -> Outcome {
        println!("· tables");
        for service in &SERVICES {
            let owner = self.database.url(&format!("{}_owner", service.name))?;
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

    /// Waits until a process ends that should not.
    pub(crate) async fn watch(&mut self) -> Outcome {
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
    pub(crate) async fn stop(mut self) -> Outcome {
        for process in self.processes.iter_mut().rev() {
            process.stop().await?;
        }
        self.database.close()
    }
}

impl Process {
    fn start(
        name: &'static str,
        health: String,
        settings: BTreeMap<String, String>,
    ) -> Outcome<Self> {
        fs::create_dir_all(folder::path("logs"))?;
        let log = folder::path(&format!("logs/{name}.log"));
        let file = File::create(&log)?;
        let child = Command::new(binary(name)?)
            .arg("serve")
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            // Ctrl-C is for us; we tell the others, in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Process { name, health, log, child })
    }

    async fn ready(&mut self) -> Outcome {
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

    async fn stop(&mut self) -> Outcome {
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
pub(crate) async fn grant(database: &Database, email: &str, role: &str) -> Outcome {
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

/// The keys of this machine.
struct Keys {
    tokens: String,
    private: BTreeMap<&'static str, String>,
    public: String,
}

impl Keys {
    fn open() -> Outcome<Self> {
        let key = |name: &str| {
            folder::secret(&format!("{name}.pem"), || {
                Ok(SigningKey::generate_pem()?.expose_secret().to_owned())
            })
        };
        let mut private = BTreeMap::new();
        let mut public = String::new();
        for name in SERVICES.iter().map(|service| service.name).chain(["gateway"]) {
            let pem = key(name)?;
            let parsed = SigningKey::from_pem(&SecretString::from(pem.as_str()))?;
            public.push_str(&parsed.public_entry(name).ok_or("an Ed25519 key is needed")?);
            private.insert(name, pem);
        }
        Ok(Keys { tokens: key("tokens")?, private, public })
    }
}

/// What every process is told.
fn everywhere(keys: &Keys, name: &str) -> Outcome<BTreeMap<String, String>> {
    let mut settings: BTreeMap<String, String> = SERVICES
        .iter()
        .map(|service| {
            let url = format!("http://127.0.0.1:{}", service.port);
            (format!("{}_BASE_URL", service.name.to_uppercase()), url)
        })
        .collect();
    settings.insert("ASSERTION_PUBLIC_KEYS".into(), keys.public.clone());
    settings.insert("ASSERTION_KEY".into(), keys.private.get(name).ok_or("no key")?.clone());
    settings.insert("WORKERS".into(), "2".into());
    // There is no load balancer here that needs time to notice.
    settings.insert("SHUTDOWN_DELAY".into(), "0".into());
    Ok(settings)
}

/// Built beside this binary.
fn binary(name: &str) -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    Err(format!("{name} is not built: cargo build --workspace --bins (make run does it)").into())
}

fn ports_are_free() -> Outcome {
    let ports =
        SERVICES.iter().map(|service| service.port).chain([GATEWAY_PORT, GATEWAY_ADMIN_PORT]);
    for port in ports {
        if TcpListener::bind(("127.0.0.1", port)).is_err() {
            return Err(format!(
                "port {port} is taken; is the platform running already, or something else?"
            )
            .into());
        }
    }
    Ok(())
}
