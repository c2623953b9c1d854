//! Those who watch: Prometheus and Alertmanager as they are configured, and an ear for traces and messages.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use platform::{Outcome, folder};
use reqwest::Client;
use serde_json::Value;
use tools::Daemon;
use url::Url;

use crate::programs::{Programs, fresh, monitored};

/// Where the ear listens: OTLP's usual port.
pub(crate) const EAR_PORT: u16 = 4318;
const PROMETHEUS_PORT: u16 = 9090;
/// As `deploy/prometheus/local` says.
const ALERTMANAGER_PORT: u16 = 9093;
/// Where Alertmanager finds the URLs of those whom it tells.
const SECRETS: &str = "/etc/alertmanager/secrets/webhooks";

/// They run until this is dropped.
pub(crate) struct Monitors {
    http: Client,
    _daemons: [Daemon; 3],
}

impl Monitors {
    pub(crate) fn start(programs: &Programs) -> Outcome<Self> {
        let (deploy, logs) = (folder::root().join("deploy"), fresh("logs")?);
        let script = folder::root().join("crates/watch/src/ear.py");
        let mut ear = programs.python(&script);
        ear.arg(EAR_PORT.to_string());
        let ear = Daemon::start(&ear, local(EAR_PORT), &logs.join("ear.log"))?;

        let place = fresh("alertmanager")?;
        let mut alertmanager = programs.debian_at_home("prometheus-alertmanager");
        alertmanager
            .arg(format!("--config.file={}", told(&deploy, &place)?))
            .arg(format!("--storage.path={}", place.join("data").display()))
            .arg(format!("--web.listen-address={}", local(ALERTMANAGER_PORT)))
            .arg("--cluster.listen-address=");
        let log = logs.join("alertmanager.log");
        let alertmanager = Daemon::start(&alertmanager, local(ALERTMANAGER_PORT), &log)?;

        let place = fresh("prometheus")?;
        let mut prometheus = programs.debian("prometheus");
        prometheus
            .arg(format!("--config.file={}", monitored(&deploy, &place)?.display()))
            .arg(format!("--storage.tsdb.path={}", place.join("data").display()))
            .arg(format!("--web.listen-address={}", local(PROMETHEUS_PORT)));
        let log = logs.join("prometheus.log");
        let prometheus = Daemon::start(&prometheus, local(PROMETHEUS_PORT), &log)?;
        println!("· Prometheus, Alertmanager and a receiver of traces listen");
        let http = Client::builder().no_proxy().build()?;
        Ok(Monitors { http, _daemons: [ear, alertmanager, prometheus] })
    }

    /// The series that a query finds now.
    pub(crate) async fn query(&self, expression: &str) -> Outcome<Vec<Value>> {
        let url = format!("http://{}/api/v1/query", local(PROMETHEUS_PORT));
        let url = Url::parse_with_params(&url, [("query", expression)])?;
        let mut answer: Value = serde_json::from_str(&self.get(url).await?)?;
        match answer["data"]["result"].take() {
            Value::Array(series) => Ok(series),
            _ => Err(format!("{expression}: {}", answer["error"]).into()),
        }
    }

    /// Every rule, as Prometheus sees it.
    pub(crate) async fn rules(&self) -> Outcome<Vec<Value>> {
        let url = format!("http://{}/api/v1/rules", local(PROMETHEUS_PORT));
        let answer: Value = serde_json::from_str(&self.get(Url::parse(&url)?).await?)?;
        let groups = answer["data"]["groups"].as_array().into_iter().flatten();
        Ok(groups
            .flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default())
            .collect())
    }

    /// What Alertmanager has said to those who are to hear of alerts.
    pub(crate) async fn messages(&self) -> Outcome<Vec<String>> {
        Ok(serde_json::from_str(&self.ear("messages").await?)?)
    }

    /// What has been heard of a trace.
    pub(crate) async fn trace(&self, id: &str) -> Outcome<String> {
        self.ear(&format!("traces/{id}")).await
    }

    async fn ear(&self, path: &str) -> Outcome<String> {
        self.get(Url::parse(&format!("http://{}/{path}", local(EAR_PORT)))?).await
    }

    async fn get(&self, url: Url) -> Outcome<String> {
        Ok(self.http.get(url).send().await?.text().await?)
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Alertmanager's configuration, with the ear as the place that it tells.
fn told(deploy: &Path, place: &Path) -> Outcome<String> {
    let configuration = fs::read_to_string(deploy.join("alertmanager/alertmanager.yml"))?;
    for name in ["page_url", "ticket_url"] {
        fs::write(place.join(name), format!("http://{}/messages", local(EAR_PORT)))?;
    }
    let path = place.join("alertmanager.yml");
    fs::write(&path, configuration.replace(SECRETS, &place.display().to_string()))?;
    Ok(path.display().to_string())
}
