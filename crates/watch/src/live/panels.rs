//! Every panel of every dashboard shows something, and every rule can be evaluated.

use std::collections::BTreeMap;
use std::fs;

use platform::{Outcome, folder};
use serde_json::Value;

use super::monitors::Monitors;
use super::until;
use crate::programs::files;

/// How long a new series may take until it has a rate, in seconds.
const PATIENCE: u64 = 180;

/// Asks for every panel until each has been answered with series.
pub(crate) async fn check(monitors: &Monitors) -> Outcome {
    let mut unanswered = BTreeMap::new();
    for path in files(&folder::root().join("deploy/grafana/dashboards"))? {
        let dashboard: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let name = dashboard["title"].as_str().ok_or("a dashboard without a title")?;
        unanswered.extend(queries(name, &dashboard));
    }
    let asked = unanswered.len();
    let answered = until("an answer for every panel", PATIENCE, async || {
        for (panel, query) in unanswered.clone() {
            if !monitors.query(&query).await?.is_empty() {
                unanswered.remove(&panel);
            }
        }
        Ok(unanswered.is_empty().then_some(()))
    });
    if let Err(error) = answered.await {
        return Err(format!("{error}: {unanswered:#?}").into());
    }
    println!("· all {asked} queries of the panels find series");

    let rules = monitors.rules().await?;
    let ill: Vec<_> = rules.iter().filter(|rule| rule["health"] != "ok").collect();
    if rules.is_empty() || !ill.is_empty() {
        return Err(format!("of {} rules these are not well: {ill:#?}", rules.len()).into());
    }
    println!("· all {} rules are well", rules.len());
    Ok(())
}

/// Each query of a dashboard as Grafana would send it, under the panel that it belongs to.
fn queries(name: &str, dashboard: &Value) -> Vec<(String, String)> {
    let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let mut queries = Vec::new();
    for panel in each(&dashboard["panels"]) {
        for target in each(&panel["targets"]) {
            let expression = target["expr"].as_str().unwrap_or_default();
            let expression = expression.replace("$namespace", ".*");
            let place = format!("{name}: {} {}", panel["title"], target["refId"]);
            queries.push((place, expression.replace("$__rate_interval", "1m")));
        }
    }
    queries
}
