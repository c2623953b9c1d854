//! The binary of auth: `serve`, `migrate`, `healthcheck`, `grant`, `erase`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::main_with::<auth::Auth, _>(auth::Command::run).await
}
