//! A service in a process of its own: for tests that end it without a word.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use chassis::Clock;
use contracts::UserId;
use reqwest::Client;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::service::member_headers;
use crate::{Asker, Database, trust_of};

/// A service's binary that runs, at the system's time; it ends with the test.
pub struct Process {
    service: &'static str,
    base_url: String,
    http: Client,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Process {
    /// Starts `binary` (`env!("CARGO_BIN_EXE_quest")`) with settings of its own, and returns once it listens.
    pub async fn start(
        service: &'static str,
        binary: &str,
        database: &Database,
        settings: &[(&str, &str)],
    ) -> Self {
        chassis::install_crypto();
        let trust = trust_of(service);
        let mut child = Command::new(binary)
            .arg("serve")
            .env("DATABASE_URL", database.app_url(service))
            .env("ASSERTION_PUBLIC_KEYS", &trust.assertion_public_keys)
            .env("LISTEN", "127.0.0.1:0")
            .env("LOG_LEVEL", "info")
            .env("WORKERS", "2")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let address = loop {
            let line = lines.next_line().await.expect("lines").expect("it listens before it ends");
            let line: serde_json::Value = serde_json::from_str(&line).expect("a line is JSON");
            if line["message"] == "listening" {
                break line["address"].as_str().expect("an address").to_owned();
            }
        };
        let said = Arc::new(Mutex::new(String::new()));
        let heard = said.clone();
        // Read on, so that it never waits for a reader.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        let base_url = format!("http://{address}");
        Process { service, base_url, http: Client::new(), child, said }
    }

    /// What it has logged since it listens.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The most memory that it has held at once so far, in KiB (`VmHWM`).
    pub fn peak_memory_kib(&self) -> u64 {
        let id = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux tells it");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
        peak.expect("a number of KiB")
    }

    /// A member, as the gateway would present them.
    pub fn as_member(&self, user_id: UserId) -> Asker<'_> {
        let now = Clock::system().now();
        let headers = member_headers(self.service, user_id, Uuid::nil(), "member", now);
        Asker { base_url: &self.base_url, http: &self.http, headers }
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }
}
