//! The gateway's binary.

use std::process::ExitCode;

/// The system's own costs a request a sixth of its time (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    gateway::main().await
}
