//! The binary of auth: `serve`, `migrate`, `healthcheck`, `grant`, `erase`, `keys`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::main_with::<auth::Auth, _>(auth::Command::run).await
}
