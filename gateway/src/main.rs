//! The gateway's binary.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    gateway::main().await
}
