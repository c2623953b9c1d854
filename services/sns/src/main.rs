//! The binary of sns: `serve`, `migrate`, `healthcheck`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::main::<sns::Sns>().await
}
