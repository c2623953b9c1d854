//! The parts of the table, in its order.

mod catalog;
mod connections;
mod gateway;
mod growth;
mod idle;
mod loaded;
mod services;
mod storm;

use platform::Outcome;

use crate::Pace;
use crate::scenarios::{SCENARIOS, named};
use crate::seed::Member;
use crate::stage::Stage;
use crate::table::Table;

/// What is no scenario. Idle first: nothing has been asked for yet.
const OTHERS: [&str; 7] =
    ["idle", "loaded", "gateway", "catalog", "growth", "connections", "storm"];

/// Every part.
pub(crate) fn names() -> Vec<String> {
    let scenarios = SCENARIOS.iter().map(|scenario| scenario.name);
    let all = OTHERS[..1].iter().copied().chain(scenarios).chain(OTHERS[1..].iter().copied());
    all.map(str::to_owned).collect()
}

/// Refuses names of nothing.
pub(crate) fn check(asked: &[String]) -> Outcome {
    let known = names();
    match asked.iter().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => Err(format!("there is no part {name}; there are {}", known.join(" ")).into()),
    }
}

/// Measures the parts of these names, in this order.
pub(crate) async fn run(
    stage: &mut Stage,
    names: &[String],
    members: &[Member],
    pace: Pace,
    table: &mut Table,
) -> Outcome {
    let mut has_title = false;
    for name in names {
        let measured = match (name.as_str(), named(name)) {
            (_, Some(scenario)) => {
                if !std::mem::replace(&mut has_title, true) {
                    services::title(table);
                }
                services::measure(stage, scenario, members, pace, table).await
            }
            ("idle", _) => idle::measure(stage, pace, table).await,
            ("loaded", _) => loaded::measure(stage, members, pace, table).await,
            ("gateway", _) => gateway::measure(stage, pace, table).await,
            ("catalog", _) => catalog::measure(stage, pace, table).await,
            ("growth", _) => growth::measure(stage, members, pace, table).await,
            ("connections", _) => connections::measure(stage, table).await,
            _ => storm::measure(stage, members, pace, table).await,
        };
        // One part that fails does not take the others with it.
        if let Err(error) = measured {
            table.failed(name, &error.to_string());
        }
    }
    table.verdict()
}
