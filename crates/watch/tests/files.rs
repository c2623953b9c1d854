//! What is described in `deploy` is whole: no alert without its page and its test, no service that nobody watches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use platform::folder;
use platform::services::{GATEWAY_ADMIN_PORT, SERVICES};
use yaml_serde::Value;

fn root(path: &str) -> PathBuf {
    folder::root().join(path)
}

fn read(path: PathBuf) -> Value {
    yaml_serde::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn stems(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(root(folder)).unwrap().map(|file| file.unwrap().path());
    files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_sequence().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Every alert by the file that it is in.
fn alerts() -> Vec<(String, Value)> {
    let mut alerts = Vec::new();
    for file in stems("deploy/prometheus/rules") {
        let rules = read(root(&format!("deploy/prometheus/rules/{file}.yml")));
        for rule in each(&rules["groups"]).flat_map(|group| each(&group["rules"])) {
            if rule.get("alert").is_some() {
                alerts.push((file.clone(), rule.clone()));
            }
        }
    }
    assert!(alerts.len() > 20, "they were found");
    alerts
}

#[test]
fn every_alert_has_its_page_and_every_page_its_alert() {
    let mut pages = stems("docs/runbooks");
    assert!(pages.remove("README"));
    let index = fs::read_to_string(root("docs/runbooks/README.md")).unwrap();
    let mut named = BTreeSet::new();
    for (_, alert) in alerts() {
        let name = text(&alert["alert"]);
        assert_eq!(text(&alert["annotations"]["runbook_url"]), format!("docs/runbooks/{name}.md"));
        assert!(["page", "ticket"].contains(&&*text(&alert["labels"]["severity"])), "{name}");
        assert!(index.contains(&format!("({name}.md)")), "{name} is not in the list of pages");
        named.insert(name);
    }
    assert_eq!(named, pages);
}

#[test]
fn every_page_says_what_members_notice_where_to_look_and_what_to_do() {
    for name in stems("docs/runbooks").iter().filter(|name| *name != "README") {
        let page = fs::read_to_string(root(&format!("docs/runbooks/{name}.md"))).unwrap();
        for part in
            [&*format!("# {name}\n"), "**Members notice:** ", "## Look\n\n- ", "## Do\n\n- "]
        {
            assert!(page.contains(part), "{name} lacks {part:?}");
        }
    }
}

#[test]
fn every_alert_is_seen_to_fire_and_then_to_be_silent() {
    for (file, alert) in alerts() {
        let name = text(&alert["alert"]);
        let tests = read(root(&format!("deploy/prometheus/tests/{file}.yml")));
        let resolves = each(&tests["tests"]).any(|test| {
            let looks =
                each(&test["alert_rule_test"]).filter(|look| text(&look["alertname"]) == name);
            let fires: Vec<bool> =
                looks.map(|look| each(&look["exp_alerts"]).next().is_some()).collect();
            fires.windows(2).any(|two| two == [true, false])
        });
        assert!(resolves, "{name}: no test in which it fires and then is silent");
    }
}

#[test]
fn every_process_has_a_dashboard_and_is_scraped_by_its_name() {
    let ports = SERVICES.iter().map(|service| (service.name, service.port));
    let all: BTreeMap<&str, u16> = ports.chain([("gateway", GATEWAY_ADMIN_PORT)]).collect();
    let dashboards = stems("deploy/grafana/dashboards");
    for place in ["local", "compose"] {
        let targets = read(root(&format!("deploy/prometheus/{place}/services.yml")));
        for (name, port) in &all {
            assert!(dashboards.contains(*name), "{name} has no dashboard");
            let found = each(&targets).find(|target| text(&target["labels"]["job"]) == *name);
            let found = found.unwrap_or_else(|| panic!("{name} is not scraped in {place}"));
            assert_eq!(text(&found["labels"]["platform"]), "damacorch");
            if place == "local" {
                assert_eq!(text(&found["targets"][0]), format!("127.0.0.1:{port}"));
            }
        }
    }
}

#[test]
fn every_journey_has_a_dashboard() {
    let rules = read(root("deploy/prometheus/rules/slo.yml"));
    let rows = each(&rules["groups"][0]["rules"]).map(|rule| text(&rule["labels"]["journey"]));
    let (rows, dashboards) = (rows.collect::<BTreeSet<_>>(), stems("deploy/grafana/dashboards"));
    assert_eq!(rows.len(), 4);
    assert!(rows.is_subset(&dashboards), "{rows:?} in {dashboards:?}");
}

#[test]
fn the_collector_uses_what_it_has_and_has_what_it_uses() {
    let collector = read(root("deploy/otel/collector.yml"));
    let pipelines = collector["service"]["pipelines"].as_mapping().unwrap();
    for kind in ["receivers", "processors", "exporters"] {
        let used: BTreeSet<String> =
            pipelines.values().flat_map(|pipeline| each(&pipeline[kind])).map(text).collect();
        let had: BTreeSet<String> =
            collector[kind].as_mapping().unwrap().keys().map(text).collect();
        assert_eq!(used, had, "{kind}");
    }
    for pipeline in pipelines.values() {
        let processors: Vec<String> = each(&pipeline["processors"]).map(text).collect();
        let redacted = processors.iter().any(|name| name.starts_with("redaction"));
        assert!(redacted, "what is personal would leave: {processors:?}");
    }
}
