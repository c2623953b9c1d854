//! The binary of quest: `serve`, `migrate`, `healthcheck`, `outage`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::main_with::<quest::Quest, _>(quest::Command::run).await
}
