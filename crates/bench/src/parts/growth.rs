//! Cost grows with the work and not with the data: the same requests with a thousand times the rows in the tables, and of
//! a member with a thousand times the days.

use platform::Outcome;
use platform::processes::{Process, migrate};
use tokio::net::TcpListener;

use super::services::{Target, drive_at};
use crate::Pace;
use crate::measure::median;
use crate::scenarios::{Scenario, Way, named};
use crate::seed::{self, DAYS, Member, WITH_A_PAST};
use crate::stage::{Stage, connect, drop_database};
use crate::table::{Goal, Table};

const TIMES: usize = 1_000;
const GOAL: Goal = Goal::AtMost(1.2);
const REQUESTS: [&str; 3] = ["home", "quests", "history"];

/// All lines about growth.
pub(super) async fn measure(
    stage: &Stage,
    members: &[Member],
    pace: Pace,
    table: &mut Table,
) -> Outcome {
    println!(
        "· a database with {} members, and a member with {} days",
        WITH_A_PAST / TIMES,
        DAYS as usize * TIMES
    );
    let database = stage.database.beside("damacorch_bench_small");
    drop_database(&database).await?;
    database.set_up().await?;
    migrate(&database).await?;
    let admin = connect(database.admin_url()).await?;
    // It has nobody to ask about: auth's members are those of the other database.
    let read_all = "INSERT INTO events.cursors VALUES ('quest', 0, 0, false)";
    admin.batch_execute(read_all).await?;
    let few = seed::fill_small(&admin, stage, WITH_A_PAST / TIMES).await?;
    let long = seed::add_member(stage, DAYS * TIMES as i32).await?;

    let address = TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.to_string();
    let mut settings = stage.ports.of_service("quest", &stage.keys, &database)?;
    settings.insert("LISTEN".into(), address.clone());
    let mut small = stage.extra("quest", settings).await?;
    let cases = [&few, members, std::slice::from_ref(&long)];
    let compared = compare(stage, &small, &address, cases, pace, table).await;
    small.stop().await?;
    drop(admin);
    drop_database(&database).await?;
    seed::remove_member(stage, &long).await?;
    compared
}

async fn compare(
    stage: &Stage,
    small: &Process,
    address: &str,
    [few, many, long]: [&[Member]; 3],
    pace: Pace,
    table: &mut Table,
) -> Outcome {
    let in_small = Target { name: "quest", address, id: small.id().ok_or("quest has ended")? };
    let in_large =
        Target { name: "quest", address: stage.address("quest"), id: stage.id("quest")? };
    table.part("growth: cost of the large case over that of the small one");
    for name in REQUESTS {
        let scenario = named(name).ok_or("no such scenario")?;
        let mut costs: [Vec<f64>; 4] = Default::default();
        for _ in 0..pace.rounds {
            let cases =
                [(&in_small, few), (&in_large, many), (&in_large, &many[..1]), (&in_large, long)];
            for ((target, members), costs) in cases.into_iter().zip(&mut costs) {
                costs.push(cost(stage, scenario, target, members, pace).await?);
            }
        }
        let [of_few, of_many, of_short, of_long] = costs;
        for (what, large, small) in [("rows", of_many, of_few), ("days", of_long, of_short)] {
            let ratios = large.iter().zip(&small).map(|(large, small)| large / small).collect();
            let made_of =
                format!("{:.0} µs; small {:.0}", median(large.clone()), median(small.clone()));
            table.line(
                &format!("{name}, {TIMES} times the {what}"),
                median(ratios),
                GOAL,
                &made_of,
            );
        }
    }
    Ok(())
}

async fn cost(
    stage: &Stage,
    scenario: &Scenario,
    target: &Target<'_>,
    members: &[Member],
    pace: Pace,
) -> Outcome<f64> {
    let shorter = Pace { seconds: pace.seconds.min(2), ..pace };
    let callers = scenario.callers(stage, members, Way::Direct)?;
    let targets = std::slice::from_ref(target);
    Ok(drive_at(stage, scenario, &callers, targets, shorter).await?.sum())
}
