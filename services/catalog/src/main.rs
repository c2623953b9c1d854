//! The binary of catalog: `serve`, `migrate`, `healthcheck`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::main::<catalog::Catalog>().await
}
