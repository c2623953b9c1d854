//! What each process keeps while it is asked: its peak of memory under every scenario, one after the other, through the gateway.

use platform::Outcome;

use super::services::drive;
use crate::Pace;
use crate::measure::cpu;
use crate::scenarios::{SCENARIOS, Way};
use crate::seed::Member;
use crate::stage::Stage;
use crate::table::{Goal, Table};

/// All lines about memory under load.
pub(super) async fn measure(
    stage: &Stage,
    members: &[Member],
    pace: Pace,
    table: &mut Table,
) -> Outcome {
    for name in stage.names() {
        cpu::forget_peak(stage.id(name)?)?;
    }
    for scenario in &SCENARIOS {
        drive(stage, scenario, members, Way::Gateway, pace).await?;
    }
    table.part("loaded: memory in MB at its peak, while every scenario goes through the gateway");
    let mut sum = 0.0;
    for name in stage.names() {
        let peak = cpu::memory_of(stage.id(name)?, "VmHWM")? as f64 / 1e6;
        sum += peak;
        table.line(&format!("{name}, memory"), peak, Goal::None, "");
    }
    table.line("all, memory", sum, Goal::None, "");
    Ok(())
}
