//! The platform as the bench starts it: on a database of its own, release binaries, two workers each, rate limits off, logs
//! at info into files, free ports on loopback. Whatever was started is stopped by its id.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;

use platform::database::Database;
use platform::keys::Keys;
use platform::ports::{Ports, Settings};
use platform::processes::{Process, migrate};
use platform::services::SERVICES;
use platform::{Outcome, folder as local};
use tokio_postgres::{Client, NoTls};
use url::Url;

use crate::measure::cpu::Server;

/// The database, on a private server of this name below `.local`.
const NAME: &str = "damacorch_bench";
const CLUSTER: &str = "bench/postgres";

/// Where results, tokens and logs go.
pub(crate) fn folder() -> PathBuf {
    local::root().join("target/bench")
}

/// Everything that runs.
pub(crate) struct Stage {
    pub(crate) keys: Keys,
    pub(crate) database: Database,
    pub(crate) ports: Ports,
    /// Somebody who may do everything.
    pub(crate) admin: Client,
    pub(crate) server: Server,
    processes: BTreeMap<String, Process>,
    addresses: BTreeMap<String, String>,
    /// Two benches would measure each other.
    _alone: File,
}

impl Stage {
    /// Finds the database; makes it anew if it is to be fresh. Starts no process yet.
    pub(crate) async fn open(fresh: bool) -> Outcome<Self> {
        fs::create_dir_all(folder())?;
        let alone = File::create(folder().join("lock"))?;
        alone.try_lock().map_err(|_| "another bench runs")?;
        let database = Database::apart(CLUSTER, NAME)?;
        if fresh {
            drop_database(&database).await?;
        }
        database.set_up().await?;
        let admin = connect(database.admin_url()).await?;
        if database.is_private() {
            // What cleans up by itself would be counted with whoever runs by then.
            admin.batch_execute("ALTER SYSTEM SET autovacuum = off").await?;
            admin.batch_execute("SELECT pg_reload_conf()").await?;
        }
        let server = Server::of(&admin).await?;
        Ok(Stage {
            keys: Keys::open()?,
            database,
            ports: Ports::free()?,
            admin,
            server,
            processes: BTreeMap::new(),
            addresses: BTreeMap::new(),
            _alone: alone,
        })
    }

    /// Starts everything, and returns when everything is ready.
    pub(crate) async fn start(&mut self) -> Outcome {
        migrate(&self.database).await?;
        for service in &SERVICES {
            self.spawn(
                service.name,
                self.ports.of_service(service.name, &self.keys, &self.database)?,
            )?;
        }
        self.spawn("gateway", self.settings_of_gateway()?)?;
        for (name, process) in &mut self.processes {
            process.ready().await.map_err(|error| format!("{name}: {error}"))?;
        }
        println!("· everything is ready");
        Ok(())
    }

    /// What the gateway is told.
    pub(crate) fn settings_of_gateway(&self) -> Outcome<Settings> {
        let mut settings = self.ports.of_gateway(&self.keys)?;
        settings.insert("RATE_LIMITS".into(), "off".into());
        Ok(settings)
    }

    /// Starts one of the binaries and waits until it is ready, beside those that run; whoever asks for it stops it.
    pub(crate) async fn extra(&self, name: &str, settings: Settings) -> Outcome<Process> {
        let mut process = self.begin(name, settings)?;
        process.ready().await?;
        Ok(process)
    }

    /// The same, without waiting.
    pub(crate) fn begin(&self, name: &str, settings: Settings) -> Outcome<Process> {
        Process::start(name, without_traces(settings), &folder().join("logs/extra"))
    }

    /// The same, under a program that watches it.
    pub(crate) fn under(
        &self,
        watcher: &[&str],
        name: &str,
        settings: Settings,
    ) -> Outcome<Process> {
        let logs = folder().join("logs/extra");
        Process::start_under(watcher, name, without_traces(settings), &logs)
    }

    fn spawn(&mut self, name: &str, settings: Settings) -> Outcome {
        self.addresses.insert(name.to_owned(), settings["LISTEN"].clone());
        let process = Process::start(name, without_traces(settings), &folder().join("logs"))?;
        self.processes.insert(name.to_owned(), process);
        Ok(())
    }

    /// `host:port` of a service or the gateway.
    pub(crate) fn address(&self, name: &str) -> &str {
        self.addresses.get(name).map_or("", String::as_str)
    }

    /// The process's id.
    pub(crate) fn id(&self, name: &str) -> Outcome<u32> {
        let id = self.processes.get(name).and_then(Process::id);
        id.ok_or_else(|| format!("{name} does not run").into())
    }

    /// The names of all processes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.processes.keys().map(String::as_str)
    }

    /// Says where everything is.
    pub(crate) fn tell(&self) {
        for name in self.names() {
            println!(
                "  {name:9} http://{}  pid {}",
                self.address(name),
                self.id(name).unwrap_or(0)
            );
        }
        println!("  tokens    {}", folder().join("tokens.txt").display());
        println!("  stop      Ctrl-C");
    }

    /// Stops everything, the door first.
    pub(crate) async fn close(mut self) -> Outcome {
        for name in ["gateway"].into_iter().chain(SERVICES.iter().map(|service| service.name)) {
            if let Some(process) = self.processes.get_mut(name) {
                process.stop().await?;
            }
        }
        self.database.close()
    }
}

/// A connection whose driver runs in the background.
pub(crate) async fn connect(url: &Url) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes room for a new one of this name.
pub(crate) async fn drop_database(database: &Database) -> Outcome {
    let name = database.admin_url().path().trim_start_matches('/');
    let lobby = connect(database.beside("postgres").admin_url()).await?;
    Ok(lobby.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?)
}

/// OTLP is off, whatever the environment says.
fn without_traces(mut settings: Settings) -> Settings {
    settings.insert("OTEL_EXPORTER_OTLP_ENDPOINT".into(), String::new());
    settings
}
