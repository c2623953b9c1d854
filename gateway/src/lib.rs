//! The only public door. Every request passes the stages of `pipeline.rs`, in order; what may pass is data
//! (`routes.toml`). Nothing here knows what a quest is.

mod cli;
mod connections;
mod door;
mod metrics;
mod own;
mod pipeline;
mod rate;
mod revocations;
mod server;
mod settings;
mod stages;
mod table;
mod upstream;

pub use cli::main;
pub use own::openapi;
pub use rate::RateLimits;
pub use server::{Running, start};
pub use settings::{BaseUrl, DoorSettings, Origin, Proxies, Settings};
pub use table::TableError;
