//! The binary of analysis: `serve`, `migrate`, `healthcheck`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::main::<analysis::Analysis>().await
}
