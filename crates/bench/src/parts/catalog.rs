//! What the catalog answers from memory, against an endpoint of the same server that says next to nothing.

use std::time::Duration;

use platform::Outcome;

use crate::Pace;
use crate::measure::wrk::Load;
use crate::measure::{cpu, median};
use crate::scenarios::anonymous;
use crate::stage::Stage;
use crate::table::{Goal, Table};

const CONNECTIONS: usize = 32;
const EMPTY: &str = "/livez";
const READS: [&str; 2] = ["/api/psy-test/questions", "/api/characters"];
const GOAL: Goal = Goal::AtMost(1.25);

/// All lines of the catalog.
pub(super) async fn measure(stage: &Stage, pace: Pace, table: &mut Table) -> Outcome {
    let address = stage.address("catalog");
    let load = |name: &str, path: &str, headers: &str| {
        Load::new(name, address, [anonymous(path, headers)].into_iter())
    };
    let mut loads = vec![(EMPTY.to_owned(), load("catalog-empty", EMPTY, "")?)];
    for (place, path) in READS.into_iter().enumerate() {
        let tag = tag_of(address, path).await?;
        let known = format!("If-None-Match: {tag}\r\n");
        loads.push((path.to_owned(), load(&format!("catalog-{place}"), path, "")?));
        let name = format!("{path}, If-None-Match");
        loads.push((name, load(&format!("catalog-known-{place}"), path, &known)?));
    }
    let mut costs: Vec<Vec<f64>> = vec![Vec::new(); loads.len()];
    for _ in 0..pace.rounds {
        for ((_, load), costs) in loads.iter().zip(&mut costs) {
            costs.push(cost(stage, load, pace).await?);
        }
    }
    table.part("catalog: cost of a read from memory over that of the empty endpoint");
    for (place, ((name, _), of_name)) in loads.iter().zip(&costs).enumerate() {
        let ratios = of_name.iter().zip(&costs[0]).map(|(cost, empty)| cost / empty).collect();
        let goal = if place == 0 { Goal::None } else { GOAL };
        table.line(name, median(ratios), goal, &format!("{:.1} µs", median(of_name.clone())));
    }
    Ok(())
}

async fn cost(stage: &Stage, load: &Load, pace: Pace) -> Outcome<f64> {
    let id = stage.id("catalog")?;
    let before = cpu::of_process(id)?;
    let answered = load.drive(CONNECTIONS, Duration::from_secs(pace.seconds)).await?;
    Ok((cpu::of_process(id)? - before).as_secs_f64() * 1e6 / answered.max(1) as f64)
}

async fn tag_of(address: &str, path: &str) -> Outcome<String> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http.get(format!("http://{address}{path}")).send().await?.error_for_status()?;
    let tag = answer.headers().get("etag").ok_or("an answer without an ETag")?;
    Ok(tag.to_str()?.to_owned())
}
