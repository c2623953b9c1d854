//! The platform of `make run`, on a database of its own; its services can be killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use platform::database::Database;
use platform::keys::Keys;
use platform::ports::{Ports, Settings};
use platform::processes::{Process, migrate};
use platform::services::SERVICES;
use platform::{Outcome, folder};
use serde_json::Value;

use super::monitors::EAR_PORT;

const GATEWAY: &str = "gateway";

/// The trace that the door's line of a request names.
pub(crate) fn trace_of(request_id: &str) -> Outcome<Option<String>> {
    let lines = fs::read_to_string(logs().join(format!("{GATEWAY}.log")))?;
    let line = lines.lines().find(|line| line.contains(request_id));
    let line = line.map(serde_json::from_str::<Value>).transpose()?;
    Ok(line.and_then(|line| Some(line["trace_id"].as_str()?.to_owned())))
}

fn logs() -> PathBuf {
    folder::root().join("target/watch/logs")
}

/// Its database, its processes, and what they were told.
pub(crate) struct Running {
    database: Database,
    told: BTreeMap<&'static str, Settings>,
    processes: BTreeMap<&'static str, Process>,
}

impl Running {
    /// With a database, and no process yet.
    pub(crate) async fn open() -> Outcome<Self> {
        let database = Database::apart("watch/postgres", "damacorch_watch")?;
        database.set_up().await?;
        Ok(Running { database, told: BTreeMap::new(), processes: BTreeMap::new() })
    }

    /// Starts everything, and returns when everything is ready.
    pub(crate) async fn start(&mut self) -> Outcome {
        let (keys, ports) = (&Keys::open()?, &Ports::usual());
        migrate(&self.database).await?;
        for service in &SERVICES {
            let settings = ports.of_service(service.name, keys, &self.database)?;
            self.told.insert(service.name, settings);
        }
        self.told.insert(GATEWAY, ports.of_gateway(keys)?);
        for settings in self.told.values_mut() {
            let endpoint = format!("http://127.0.0.1:{EAR_PORT}");
            settings.insert("OTEL_EXPORTER_OTLP_ENDPOINT".into(), endpoint);
            settings.insert("OTEL_TRACES_SAMPLER".into(), "always_on".into());
        }
        for name in self.told.keys().copied().collect::<Vec<_>>() {
            self.begin(name)?;
        }
        for process in self.processes.values_mut() {
            process.ready().await?;
        }
        println!("· the platform is ready");
        Ok(())
    }

    fn begin(&mut self, name: &'static str) -> Outcome {
        let settings = self.told.get(name).ok_or("no such process")?.clone();
        self.processes.insert(name, Process::start(name, settings, &logs())?);
        Ok(())
    }

    /// Kills a process: it has no time to say farewell.
    pub(crate) fn kill(&mut self, name: &str) {
        drop(self.processes.remove(name));
    }

    /// Starts a process again, and returns when it is ready.
    pub(crate) async fn start_again(&mut self, name: &'static str) -> Outcome {
        self.begin(name)?;
        self.processes.get_mut(name).ok_or("no such process")?.ready().await
    }

    /// Stops everything, the door first.
    pub(crate) async fn stop(mut self) -> Outcome {
        if let Some(mut door) = self.processes.remove(GATEWAY) {
            door.stop().await?;
        }
        for process in self.processes.values_mut() {
            process.stop().await?;
        }
        self.database.close()
    }
}
