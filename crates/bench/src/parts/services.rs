//! Scenarios: a request to the service, the same through the gateway, and its statements by pgbench.

use std::time::Duration;

use platform::Outcome;
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::Pace;
use crate::measure::cpu::{self, ServerTime};
use crate::measure::pgbench::Script;
use crate::measure::wrk::Load;
use crate::measure::{median, wire};
use crate::scenarios::{Callers, Scenario, Way};
use crate::seed::{Member, WITH_A_PAST, backlog_is_gone, reopen, today};
use crate::stage::Stage;
use crate::table::{Goal, Table};

/// pgbench is at its best with one of these.
const CLIENTS: [u32; 3] = [8, 16, 32];

/// CPU of a request in microseconds, by who spent it.
pub(crate) struct Cost {
    pub(crate) by: Vec<(String, f64)>,
}

impl Cost {
    pub(crate) fn sum(&self) -> f64 {
        self.by.iter().map(|(_, cost)| cost).sum()
    }

    /// What each spent, as the median of these.
    pub(crate) fn medians(costs: &[Cost]) -> Cost {
        let names = costs.first().into_iter().flat_map(|cost| &cost.by).map(|(name, _)| name);
        let of = |place: usize| median(costs.iter().map(|cost| cost.by[place].1).collect());
        Cost { by: names.enumerate().map(|(place, name)| (name.clone(), of(place))).collect() }
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> =
            self.by.iter().map(|(name, cost)| format!("{name} {cost:.0}")).collect();
        write!(f, "{:.0} µs ({})", self.sum(), parts.join(", "))
    }
}

/// What it is that follows.
pub(crate) fn title(table: &mut Table) {
    table.part("requests: pgbench's CPU over ours (pgbench -M prepared, the same statements)");
}

/// All lines of a scenario.
pub(super) async fn measure(
    stage: &Stage,
    scenario: &Scenario,
    members: &[Member],
    pace: Pace,
    table: &mut Table,
) -> Outcome {
    let mut script = match scenario.sql {
        Some(sql) => {
            wire::check(stage, scenario, members, sql).await?;
            Some(script(stage, scenario, members, sql).await?)
        }
        None => None,
    };
    let (mut direct, mut gateway, mut best) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=pace.rounds {
        let ours = drive(stage, scenario, members, Way::Direct, pace).await?;
        let with_gateway = drive(stage, scenario, members, Way::Gateway, pace).await?;
        print!("· {} {round}: {:.0}, {:.0}", scenario.name, ours.sum(), with_gateway.sum());
        direct.push(ours);
        gateway.push(with_gateway);
        if let Some(script) = &mut script {
            let mut costs = Vec::new();
            for clients in CLIENTS {
                prepare(stage, scenario).await?;
                let seconds = pace.seconds.min(if scenario.writes { 3 } else { 2 });
                costs.push(script.cost(stage.server, clients, Duration::from_secs(seconds)).await?);
            }
            print!("; pgbench {costs:.0?}");
            best.push(costs.into_iter().fold(f64::INFINITY, f64::min));
        }
        println!(" µs");
    }
    for (way, costs, goal) in
        [("", &direct, scenario.goals.0), (" through the gateway", &gateway, scenario.goals.1)]
    {
        let what = format!("{}{way}", scenario.name);
        let goal = goal.map_or(Goal::None, Goal::AtLeast);
        let cost = Cost::medians(costs);
        if best.is_empty() {
            table.note(&format!("{what:42} {cost}"));
            continue;
        }
        let ratios = costs.iter().zip(&best).map(|(ours, best)| best / ours.sum()).collect();
        let pgbench = median(best.clone());
        table.line(&what, median(ratios), goal, &format!("{cost}; pgbench {pgbench:.0}"));
    }
    Ok(())
}

/// A process on a request's way.
pub(crate) struct Target<'a> {
    pub(crate) name: &'a str,
    pub(crate) address: &'a str,
    pub(crate) id: u32,
}

/// One round of a load, and what each process spent on a request.
pub(crate) async fn drive(
    stage: &Stage,
    scenario: &Scenario,
    members: &[Member],
    way: Way,
    pace: Pace,
) -> Outcome<Cost> {
    prepare(stage, scenario).await?;
    let names = ["gateway"].into_iter().filter(|_| way == Way::Gateway).chain([scenario.service]);
    let target = |name| Ok(Target { name, address: stage.address(name), id: stage.id(name)? });
    let targets = names.map(target).collect::<Outcome<Vec<_>>>()?;
    let callers = scenario.callers(stage, members, way)?;
    drive_at(stage, scenario, &callers, &targets, pace).await
}

/// Before a round of writes: as if the round before had not been.
async fn prepare(stage: &Stage, scenario: &Scenario) -> Outcome {
    if scenario.writes {
        backlog_is_gone(&stage.admin).await?;
        reopen(&stage.admin).await?;
    }
    Ok(())
}

/// The same, for processes of one's own: the first is asked, and asks the others.
pub(crate) async fn drive_at(
    stage: &Stage,
    scenario: &Scenario,
    callers: &Callers,
    targets: &[Target<'_>],
    pace: Pace,
) -> Outcome<Cost> {
    let load = |scenario: &Scenario| {
        Load::new(scenario.name, targets[0].address, scenario.requests(callers))
    };
    let before = scenario.warm_up();
    load(before)?.drive(before.connections, Duration::from_secs(1)).await?;
    let load = load(scenario)?;
    let role = format!("{}_app", scenario.service);
    let before = Spent::now(stage, targets)?;
    let answered = load.drive(scenario.connections, Duration::from_secs(pace.seconds)).await?;
    let cost = Spent::now(stage, targets)?.since(&before, &role, answered);
    if scenario.name == "complete" && answered > load.count {
        return Err(format!("{answered} requests: more than there are quests to complete").into());
    }
    Ok(cost)
}

/// What processes have spent so far.
struct Spent {
    processes: Vec<(String, Duration)>,
    server: ServerTime,
}

impl Spent {
    fn now(stage: &Stage, targets: &[Target<'_>]) -> Outcome<Self> {
        let spent = |target: &Target<'_>| Ok((target.name.to_owned(), cpu::of_process(target.id)?));
        let processes = targets.iter().map(spent).collect::<Outcome<_>>()?;
        Ok(Spent { processes, server: stage.server.now()? })
    }

    fn since(&self, before: &Spent, role: &str, requests: u64) -> Cost {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / requests.max(1) as f64;
        let ours = self.processes.iter().zip(&before.processes);
        let mut by: Vec<_> =
            ours.map(|((name, now), (_, then))| (name.clone(), each(*now - *then))).collect();
        by.push(("postgres".to_owned(), each(self.server.since(&before.server, role))));
        Cost { by }
    }
}

async fn script(
    stage: &Stage,
    scenario: &Scenario,
    members: &[Member],
    sql: &str,
) -> Outcome<Script> {
    let role = format!("{}_app", scenario.service);
    // A write names its member in every row: fewer, so that its text stays small.
    let count = if scenario.writes { 512 } else { WITH_A_PAST };
    let members = &members[..members.len().min(count)];
    let of = |value: fn(&Member) -> String| members.iter().map(value).collect::<Vec<String>>();
    let values = [
        ("user_id", of(|member| member.user_id.to_string())),
        ("user_text", of(|member| member.user_id.to_string())),
        ("analysis_id", of(|member| member.analysis_id.to_string())),
        (
            "quest_id",
            of(|member| member.quests.first().map_or_else(String::new, ToString::to_string)),
        ),
    ];
    let constants = constants(&stage.admin).await?;
    Script::new(scenario.name, &stage.database.url(&role)?, sql, &values, constants)
}

/// Values that are the same for everybody: what the services themselves have kept.
async fn constants(admin: &Client) -> Outcome<Vec<(&'static str, String)>> {
    let kept = admin
        .query_one(
            "SELECT r.instrument, r.norm_set, r.character_key, r.traits::text, r.likeness::text, r.preferences::text,
                    r.quality::text, l.payload::text
             FROM analysis.analysis_results AS r, events.log AS l
             WHERE r.likeness IS NOT NULL AND l.type = 'analysis.completed' LIMIT 1",
            &[],
        )
        .await?;
    let names = [
        "instrument",
        "norm_set",
        "character_key",
        "traits",
        "likeness",
        "preferences",
        "quality",
        "holds",
    ];
    let of_result = names.into_iter().enumerate().map(|(place, name)| (name, kept.get(place)));
    let completion = json!({
        "user_id": Uuid::nil(), "quest_id": Uuid::nil(), "template_code": "E01", "date": today(), "xp": 10,
    });
    let fixed = [
        ("zero", "0".to_owned()),
        ("one", "1".to_owned()),
        ("three", "3".to_owned()),
        ("ten", "10".to_owned()),
        ("one_more", "31".to_owned()),
        ("completed", "completed".to_owned()),
        ("analysis_completed", "analysis.completed".to_owned()),
        ("quest_completed", "quest.completed".to_owned()),
        ("completion", completion.to_string()),
        ("today", today().to_string()),
    ];
    Ok(of_result.chain(fixed).collect())
}
